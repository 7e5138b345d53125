"""The verbs of the command line, one file each; a file's ``command`` is imported when the verb is used."""
