"""CloudFormation templates (YAML and JSON) as modules of a resource graph."""

from scanner.sources.cloudformation.parameters import Parameters, read_parameter_file
from scanner.sources.cloudformation.root import read_root
from scanner.sources.cloudformation.stacks import Library, Stack, tied
from scanner.sources.cloudformation.template import Template, load_template

__all__ = [
    "Library",
    "Parameters",
    "Stack",
    "Template",
    "load_template",
    "read_parameter_file",
    "read_root",
    "tied",
]
