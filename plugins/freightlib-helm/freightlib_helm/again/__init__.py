"""What makes two renderings of one chart differ: found in its templates, shown by rendering again, explained."""
