"""What stands between anew and harm: generated code is run in a sandbox, and nowhere else."""
