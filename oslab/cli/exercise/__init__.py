"""``oslab exercise``: what is next, and list show start check edit watch hint explain reset."""

from oslab.cli.exercise import browse, sheets, tutor  # noqa: F401  # each adds its commands
from oslab.cli.exercise.app import app as app
