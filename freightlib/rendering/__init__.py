"""Rendering a stage: the plan, its inputs, the run, the files, and what a rendered branch holds."""
