"""Built-in plugins of rendering: the renderer copy, the transform common-labels, the check plaintextSecrets."""
