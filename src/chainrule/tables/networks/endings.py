"""How training ended, and what the user is told where networks had not all their epochs."""

from chainrule.training.epochs import Ending
from chainrule.training.warn import warn_diverged, warn_interrupted, warn_user

from .ensemble import Trained


def ending_of(trained: Trained, wanted: int, epochs: int, *, limited: bool) -> str:
    """What ended the training of `wanted` networks of `epochs` epochs, in a few words.

    `limited` says that there was a limit of time.
    """
    members = trained.members
    if trained.interrupted:
        return "interrupted"
    endings = {member.ending for member in members}
    short = any(m.history.epochs < epochs for m in members if m.ending is Ending.ALL_DONE)
    if short or (limited and len(members) < wanted):
        return "time limit over"
    if Ending.DIVERGED in endings:
        return "loss not finite"
    return "stopped early" if Ending.STOPPED in endings else "all epochs done"


def warn_of_ending(trained: Trained, wanted: int, time_limit: float | None) -> None:
    """Warn of an interruption, of networks that the time did not allow, and of divergence."""
    members = trained.members
    kept = f"{len(members)} of {wanted} networks are kept, each at its best epoch."
    if trained.interrupted:
        epochs = ", ".join(str(member.history.epochs) for member in members)
        warn_interrupted(epochs, kept)
    elif len(members) < wanted and time_limit is not None:
        warn_user(
            f"time_limit must leave time for each network, got {time_limit:g} s; "
            f"{kept} Allow more, or take fewer networks.",
            UserWarning,
        )
    if any(member.ending is Ending.DIVERGED for member in members):
        epochs = ", ".join(
            str(member.history.epochs) for member in members if member.ending is Ending.DIVERGED
        )
        warn_diverged(
            "one that is not",
            epochs,
            "Lower the learning rate, or look for extreme values in the table.",
        )
