"""CloudFormation templates (YAML and JSON) as modules of a resource graph."""

from scanner.sources.cloudformation.parameters import Parameters, read_parameter_file
from scanner.sources.cloudformation.template import Template, load_template

__all__ = ["Parameters", "Template", "load_template", "read_parameter_file"]
