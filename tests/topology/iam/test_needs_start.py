from __future__ import annotations

import textwrap

from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST, Needed, execution_needs
from tests.topology.graphs import RUN_TASK, find, graph
from tests.topology.iam.needed import says, template

MORE = """
Repository: {Type: AWS::ECR::Repository}
Secret: {Type: AWS::SecretsManager::Secret, Properties: {KmsKeyId: !GetAtt Key.Arn}}
Plain: {Type: AWS::SecretsManager::Secret}
Key: {Type: AWS::KMS::Key}
Parameter: {Type: AWS::SSM::Parameter}
"""
REPOSITORY = "arn:${Partition}:ecr:eu-west-1:111122223333:repository/team/web"
PULLS = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


def of(container: str, more: str = "RequiresCompatibilities: [FARGATE]", baseline: str = TIGHTEST) -> Needed:
    """What a task of one container, ``web``, needs to start."""
    text = "Parameters:\n  Name: {Type: String}\nResources:\n" + textwrap.indent(MORE, "  ")
    text += f"  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      {more}\n"
    text += "      ContainerDefinitions:\n        - Name: web\n"
    text += textwrap.indent(textwrap.dedent(container), "          ")
    return execution_needs(find(TaskDefinition, template(text), "Task"), baseline)


def test_the_task_of_the_fixture() -> None:
    definition = find(TaskDefinition, graph(RUN_TASK), "TaskDefinition")
    found = execution_needs(definition, TIGHTEST)
    repository = "arn:${Partition}:ecr:${Region}:${AccountId}:repository/report"
    assert says(found.needs) == [
        "ecr:GetAuthorizationToken on *",
        *(f"{action} on {repository}" for action in PULLS),
        "logs:CreateLogStream on ${TaskLog.Arn}",
        "logs:PutLogEvents on ${TaskLog.Arn}",
    ]
    assert found.needs[0].why == "container report pulls its image"
    wide = says(execution_needs(definition, DOCUMENTED).needs)
    assert wide[:6] == [
        "ecr:GetAuthorizationToken on *",
        *(f"{action} on *" for action in PULLS),
        "logs:CreateLogStream on *",
        "logs:PutLogEvents on *",
    ]


def test_images() -> None:
    host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
    pulled = ["ecr:GetAuthorizationToken on *", *(f"{action} on {REPOSITORY}" for action in PULLS)]
    for tag in ("", ":1", "@sha256:0a"):
        assert says(of(f"Image: '{host}/team/web{tag}'\n").needs) == pulled
    own = of("Image: !Sub '${Repository.RepositoryUri}:1'\n")
    assert says(own.needs)[1:] == [f"{action} on ${{Repository.Arn}}" for action in PULLS]
    assert says(of("Image: nginx:1\n").needs) == []
    assert says(of("Image: public.ecr.aws/nginx/nginx:1\n").needs) == []


def test_on_ec2_the_instance_may_pull() -> None:
    found = of("Image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/web\n", "NetworkMode: bridge")
    assert says(found.needs) == []
    assert says(found.perhaps)[1:] == [f"{action} on {REPOSITORY}" for action in PULLS]


def test_an_image_that_is_not_known_may_be_of_ecr() -> None:
    found = of("Image: !Ref Name\n")
    assert says(found.needs) == []
    assert says(found.perhaps)[0] == "ecr:GetAuthorizationToken on *"


def test_logs() -> None:
    options = "{awslogs-group: /web, awslogs-create-group: 'true'}"
    text = f"Image: a\nLogConfiguration: {{LogDriver: awslogs, Options: {options}}}\n"
    group = "arn:${Partition}:logs:${Region}:${AccountId}:log-group:/web:*"
    assert says(of(text).needs) == [
        f"logs:CreateLogStream on {group}",
        f"logs:PutLogEvents on {group}",
        f"logs:CreateLogGroup on {group}",
    ]
    assert says(of(text.replace("awslogs,", "splunk,")).needs) == []
    unknown = of(text.replace("awslogs,", "!Ref Name,"))
    assert "parameter Name has no value" in unknown.unknown[0].reason


def test_secrets_and_parameters() -> None:
    secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"
    text = f"""
    Image: a
    Secrets:
      - {{Name: A, ValueFrom: !Ref Plain}}
      - {{Name: B, ValueFrom: '{secret}:password::'}}
      - {{Name: C, ValueFrom: !Ref Parameter}}
      - {{Name: D, ValueFrom: /team/key}}
      - {{Name: E, ValueFrom: !Sub '${{Secret}}:user::'}}
    """
    found = of(text)
    assert says(found.needs) == [
        "secretsmanager:GetSecretValue on ${Plain.Arn}",
        f"secretsmanager:GetSecretValue on {secret}",
        "ssm:GetParameters on arn:${Partition}:ssm:${Region}:${AccountId}:parameter/${Parameter.Ref}",
        "ssm:GetParameters on arn:${Partition}:ssm:${Region}:${AccountId}:parameter/team/key",
        "secretsmanager:GetSecretValue on ${Secret.Arn}",
        "kms:Decrypt on ${Key.Arn} if StringEquals kms:ViaService secretsmanager.${Region}.amazonaws.com"
        " if StringEquals kms:CallerAccount ${AccountId}",
    ]
    # A secret elsewhere may be encrypted with a key of its own.
    assert [line.split(" on ")[0] for line in says(found.perhaps)] == ["kms:Decrypt"]


def test_a_secret_that_is_not_known_may_be_either() -> None:
    found = of("Image: a\nSecrets: [{Name: A, ValueFrom: !Ref Name}]\n")
    assert found.needs == ()
    assert [one.reason for one in found.unknown] == [
        "whether a secret of container web is of Secrets Manager or Systems Manager is not known"
    ]


def test_environment_files_and_credentials_of_a_registry() -> None:
    text = """
    Image: registry.example.com/web
    RepositoryCredentials: {CredentialsParameter: !Ref Plain}
    EnvironmentFiles: [{Type: s3, Value: 'arn:aws:s3:::settings/web.env'}]
    """
    assert says(of(text).needs) == [
        "secretsmanager:GetSecretValue on ${Plain.Arn}",
        "s3:GetObject on arn:aws:s3:::settings/web.env",
        "s3:GetBucketLocation on arn:aws:s3:::settings",
    ]
