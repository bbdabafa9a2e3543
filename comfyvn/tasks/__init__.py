"""A novel as doit tasks; the only package that knows doit."""
