"""Write the migration that brings the tables from the last step to what web/store/tables.py says: `make migration NAME="add a column"`."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import STEPS, config_of, prepare


def main() -> int:
    """Make the next step in web/store/migrations/versions; look at it before you commit it."""
    if len(sys.argv) != 2:
        print("make_migration: name what the step does, in a few words", file=sys.stderr)
        return 2
    number = 1 + sum(1 for _ in (STEPS / "versions").glob("[0-9]*.py"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "steps.sqlite"
        database = Database(f"sqlite:///{path}")
        path.touch()
        if number > 1:
            prepare(database, str(path))
        with database.write() as connection:
            command.revision(config_of(connection), sys.argv[1], autogenerate=True, rev_id=f"{number:04}")
        database.close()
    print(f"web/store/migrations/versions/{number:04}_*.py is written: read it, format it, commit it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
