"""``freight completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell.

    \b
      bash:  eval "$(freight completion bash)"     in ~/.bashrc
      zsh:   eval "$(freight completion zsh)"      in ~/.zshrc
      fish:  freight completion fish > ~/.config/fish/completions/freight.fish
    """  # noqa: D301 (click's own mark for text that is not to be wrapped)
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 (click knows the three)
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "freight", "_FREIGHT_COMPLETE").source())
    return 0
