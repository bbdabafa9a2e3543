"""Speech engines beyond the embedded one: servers that people name in `providers/servers.yaml`, and Piper.

Importing this package loads no HTTP client: planning asks engines for their versions, and for nothing else.
"""
