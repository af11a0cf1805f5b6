"""Asks the package index, by pip's own finder, for pinned wheels: prints name, file and hash of each as JSON.

Nothing is downloaded: `pip install --dry-run` would, where the index offers no metadata of its own.
Arguments: pip's platform options, then name==version of each package.
"""

import json
import sys

from pip._internal.cli.cmdoptions import make_target_python
from pip._internal.commands.install import InstallCommand
from pip._vendor.packaging.requirements import Requirement

command = InstallCommand("install", "resolves")
options, packages = command.parse_args(["--no-deps", "--target", "unused", *sys.argv[1:]])
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options, session, make_target_python(options))
    found = []
    for package in packages:
        requirement = Requirement(package)
        best = finder.find_best_candidate(requirement.name, requirement.specifier).best_candidate
        link = best.link if best else None
        found.append(
            {
                "name": requirement.name,
                "file": link.filename if link else "",
                "sha256": link.hash if link and link.hash_name == "sha256" else "",
            }
        )
print(json.dumps(found))
