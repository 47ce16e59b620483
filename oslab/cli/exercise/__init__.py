"""``oslab exercise``: what is next, and list show start edit check hint explain watch reset.

`app` lists the commands; each module is imported when one of its own is used.
"""

from oslab.cli.exercise.app import app as app
