"""Where the `comfyvn` program begins: `comfyvn build` with nothing to do ends here, before anything else is loaded."""

import os
import sys


def main() -> int:
    """Runs the command that was typed; returns its exit code."""
    arguments = sys.argv[1:]
    if arguments == ["build"] and os.path.exists("comfyvn.yaml"):  # noqa: PTH110 - pathlib would cost more than the rest
        from comfyvn.engine import sweep

        said = sweep.settled(".")
        if said is not None:
            sys.stdout.write("".join(f"{line}\n" for line in said))
            return 0  # else garbage is not looked for until work begins (see tasks.commands)
    from comfyvn import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
