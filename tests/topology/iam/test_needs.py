from __future__ import annotations

import pytest

from scanner.model import Unknown
from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST, machine_needs
from tests.topology.graphs import RUN_TASK, graph
from tests.topology.iam.needed import both, documented, one_state, says, tightest
from tests.topology.states.machines import STATE, machine

HERE = "${Region}:${AccountId}"
LOGGING = [
    f"logs:{name} on *"
    for name in (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    )
]


def rule(name: str) -> list[str]:
    arn = f"arn:${{Partition}}:events:{HERE}:rule/{name}"
    return [f"events:{action} on {arn}" for action in ("PutTargets", "PutRule", "DescribeRule")]


def test_a_workflow_by_the_tightest_baseline() -> None:
    of_cluster = " if ArnEquals ecs:cluster ${Cluster.Arn}"
    task = f"arn:${{Partition}}:ecs:{HERE}:task/${{Cluster.Ref}}/*"
    found = machine_needs(machine(), TIGHTEST)
    assert says(found.needs) == [
        "ecs:RunTask on ${TaskDefinition.Arn}" + of_cluster,
        f"ecs:StopTask on {task}{of_cluster}",
        f"ecs:DescribeTasks on {task}{of_cluster}",
        *rule("StepFunctionsGetEventsForECSTaskRule"),
        "iam:PassRole on ${ExecutionRole.Arn} if StringEquals iam:PassedToService ecs-tasks.amazonaws.com",
        "sns:Publish on ${Topic.Arn}",
        *LOGGING,
    ]
    assert (found.unknown, found.perhaps) == ((), ())


def test_a_workflow_by_the_documented_baseline() -> None:
    assert says(machine_needs(machine(), DOCUMENTED).needs) == [
        "ecs:RunTask on ${TaskDefinition.Arn} if ArnEquals ecs:cluster ${Cluster.Arn}",
        "ecs:StopTask on *",
        "ecs:DescribeTasks on *",
        *rule("StepFunctionsGetEventsForECSTaskRule"),
        "iam:PassRole on ${ExecutionRole.Arn} if StringEquals iam:PassedToService ecs-tasks.amazonaws.com",
        "sns:Publish on ${Topic.Arn}",
        *LOGGING,
        "logs:CreateLogStream on *",
        "logs:PutLogEvents on *",
    ]


def test_each_need_says_who_needs_it_and_where() -> None:
    found = {need.action: need for need in machine_needs(machine(), TIGHTEST).needs}
    assert found["ecs:RunTask"].why == "state Make Report runs a task"
    assert found["sns:Publish"].why == "state Tell Success publishes"
    lines = (graph(RUN_TASK).resource("t.yaml#Machine").get("Definition.States.Tell Success.Resource").at[0],)
    assert found["sns:Publish"].at[:1] == lines
    assert len(found["sns:Publish"].at) == 2  # the other state that publishes to the same topic
    assert found["logs:DescribeLogGroups"].why == "state machine Machine logs its executions"


def test_there_are_two_baselines() -> None:
    with pytest.raises(ValueError, match="loose is no baseline: documented and tightest are"):
        machine_needs(machine(), "loose")


# --- ECS


def run(change: dict[str, object]) -> tuple[list[str], list[str]]:
    """The lines, by the tightest baseline, that a change of the state makes, and that it may make."""
    plain = machine_needs(machine(), TIGHTEST)
    found = machine_needs(machine({f"{STATE}.{path}": value for path, value in change.items()}), TIGHTEST)
    known = says(plain.needs)
    return [line for line in says(found.needs) if line not in known], says(found.perhaps)


def test_a_task_that_nothing_waits_for_is_neither_stopped_nor_described() -> None:
    resource = f"{STATE}.Resource"
    for pattern in ("", ".waitForTaskToken"):
        found = machine_needs(machine({resource: f"arn:aws:states:::ecs:runTask{pattern}"}), TIGHTEST)
        assert [line.split(" ")[0] for line in says(found.needs)][:3] == ["ecs:RunTask", "iam:PassRole", "sns:Publish"]


def test_an_overriding_role_is_passed_in_place_of_the_task_role() -> None:
    change = {
        "TaskDefinition.Properties.TaskRoleArn": {"Fn::GetAtt": ["MachineRole", "Arn"]},
        f"{STATE}.Parameters.Overrides": {"TaskRoleArn": "arn:aws:iam::111122223333:role/other"},
    }
    passed = " if StringEquals iam:PassedToService ecs-tasks.amazonaws.com"
    roles = "${ExecutionRole.Arn}, arn:aws:iam::111122223333:role/other"
    tight = says(machine_needs(machine(change), TIGHTEST).needs)
    assert [line for line in tight if "PassRole" in line] == [f"iam:PassRole on {roles}{passed}"]
    wide = says(machine_needs(machine(change), DOCUMENTED).needs)
    assert f"iam:PassRole on ${{MachineRole.Arn}}{passed}" in wide


def test_tags_need_to_be_allowed() -> None:
    task = f"arn:${{Partition}}:ecs:{HERE}:task/${{Cluster.Ref}}/*"
    line = f"ecs:TagResource on {task} if StringEquals ecs:CreateAction RunTask"
    assert run({"Parameters.Tags": [{"Key": "a", "Value": "b"}]}) == ([line], [])
    assert run({"Parameters.PropagateTags": "TASK_DEFINITION"}) == ([], [line])
    assert run({"Parameters.PropagateTags": "NONE"}) == ([], [])


def test_a_task_definition_that_is_named_by_its_family_is_that_of_the_template() -> None:
    assert run({"Parameters.TaskDefinition": "nightly-report"}) == ([], [])
    [line], _ = run({"Parameters.TaskDefinition": "nightly-report:7"})
    assert line.startswith(f"ecs:RunTask on arn:${{Partition}}:ecs:{HERE}:task-definition/nightly-report:7 if")


def test_a_task_definition_elsewhere_may_have_roles() -> None:
    lines, perhaps = run({"Parameters.TaskDefinition": "elsewhere"})
    assert lines[0].startswith(f"ecs:RunTask on arn:${{Partition}}:ecs:{HERE}:task-definition/elsewhere:* if")
    assert [line.split(" on ")[0] for line in perhaps] == ["iam:PassRole", "iam:PassRole"]
    found = machine_needs(machine({f"{STATE}.Parameters.TaskDefinition": "elsewhere"}), TIGHTEST)
    [role, _] = [need.resources[0].value for need in found.perhaps]
    assert isinstance(role, Unknown)
    assert role.reason == (
        "the ExecutionRoleArn of what state Make Report names is not known: elsewhere is not defined in the scan"
    )


def test_the_cluster_is_the_default_one_where_none_is_named() -> None:
    lines, _ = run({"Parameters.Cluster": None})
    cluster = f"arn:${{Partition}}:ecs:{HERE}:cluster/default"
    assert lines[0] == f"ecs:RunTask on ${{TaskDefinition.Arn}} if ArnEquals ecs:cluster {cluster}"
    lines, _ = run({"Parameters.Cluster": "batch"})
    assert lines[0].endswith(":cluster/batch")


def test_an_argument_that_the_machine_computes_is_unknown_or_anything() -> None:
    text = """
      Type: Task
      Resource: arn:aws:states:::ecs:runTask
      Parameters: {"TaskDefinition.$": $.definition, Cluster: batch}
      End: true
    """
    wide, tight = both(one_state(text))
    cluster = f"arn:${{Partition}}:ecs:{HERE}:cluster/batch"
    assert says(wide.needs) == [f"ecs:RunTask on * if ArnEquals ecs:cluster {cluster}"]
    assert says(tight.needs) == [f"ecs:RunTask on ${{run time TaskDefinition}} if ArnEquals ecs:cluster {cluster}"]
    passed = " if StringEquals iam:PassedToService ecs-tasks.amazonaws.com"
    assert says(wide.perhaps) == [f"iam:PassRole on *{passed}"]


def test_jsonata_is_computed_when_the_machine_runs() -> None:
    text = """
      Type: Task
      QueryLanguage: JSONata
      Resource: arn:aws:states:::sns:publish
      Arguments: {TopicArn: "{% $states.input.topic %}", Message: hello}
      End: true
    """
    wide, tight = both(one_state(text))
    assert says(wide.needs) == ["sns:Publish on *"]
    assert says(tight.needs) == ["sns:Publish on ${run time TopicArn}"]
    known = text.replace('"{% $states.input.topic %}"', "!Ref Topic")
    more = "Topic: {Type: AWS::SNS::Topic}\n"
    assert says(tightest(known, more).needs) == ["sns:Publish on ${Topic.Arn}"]


# --- each family of integrations


@pytest.mark.parametrize(
    ("resource", "parameters", "lines"),
    [
        ("sns:publish", "{PhoneNumber: '+10'}", ["sns:Publish on *"]),
        (
            "sqs:sendMessage.waitForTaskToken",
            "{QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/jobs'}",
            ["sqs:SendMessage on arn:${Partition}:sqs:eu-west-1:111122223333:jobs"],
        ),
        ("sqs:sendMessage", "{QueueUrl: !Ref Queue}", ["sqs:SendMessage on ${Queue.Arn}"]),
        ("lambda:invoke", "{FunctionName: !GetAtt Function.Arn}", ["lambda:InvokeFunction on ${Function.Arn}"]),
        (
            "lambda:invoke",
            "{FunctionName: pay}",
            [f"lambda:InvokeFunction on arn:${{Partition}}:lambda:{HERE}:function:pay"],
        ),
        ("dynamodb:putItem", "{TableName: !Ref Table}", ["dynamodb:PutItem on ${Table.Arn}"]),
        (
            "dynamodb:deleteItem",
            "{TableName: !Ref Name}",
            [f"dynamodb:DeleteItem on arn:${{Partition}}:dynamodb:{HERE}:table/${{Name}}"],
        ),
        (
            "batch:submitJob.sync",
            "{JobQueue: high, JobDefinition: sum}",
            [
                f"batch:SubmitJob on arn:${{Partition}}:batch:{HERE}:job-definition/sum:*, "
                f"arn:${{Partition}}:batch:{HERE}:job-queue/high",
                "batch:DescribeJobs on *",
                f"batch:TerminateJob on arn:${{Partition}}:batch:{HERE}:job/*",
                *rule("StepFunctionsGetEventsForBatchJobsRule"),
            ],
        ),
        (
            "states:startExecution.sync:2",
            "{StateMachineArn: 'arn:aws:states:us-east-1:111122223333:stateMachine:other'}",
            [
                "states:StartExecution on arn:aws:states:us-east-1:111122223333:stateMachine:other",
                f"states:DescribeExecution on arn:${{Partition}}:states:{HERE}:execution:other:*",
                f"states:StopExecution on arn:${{Partition}}:states:{HERE}:execution:other:*",
                *rule("StepFunctionsGetEventsForStepFunctionsExecutionRule"),
            ],
        ),
        (
            "events:putEvents",
            "{Entries: [{Detail: {}, EventBusName: !Ref Bus}, {Detail: {}}]}",
            [f"events:PutEvents on ${{Bus.Arn}}, arn:${{Partition}}:events:{HERE}:event-bus/default"],
        ),
        (
            "glue:startJobRun.sync",
            "{JobName: load}",
            [
                f"glue:{action} on arn:${{Partition}}:glue:{HERE}:job/load"
                for action in ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun")
            ],
        ),
        (
            "codebuild:startBuild.sync",
            "{ProjectName: site}",
            [
                *(
                    f"codebuild:{action} on arn:${{Partition}}:codebuild:{HERE}:project/site"
                    for action in ("StartBuild", "StopBuild", "BatchGetBuilds")
                ),
                *rule("StepFunctionsGetEventForCodeBuildStartBuildRule"),
            ],
        ),
        ("eks:call", "{ClusterName: a, Method: GET, Path: /}", []),
        (
            "bedrock:invokeModel",
            "{ModelId: anthropic.claude-v2, Input: {S3Uri: 's3://in/a/b.json'}}",
            [
                "bedrock:InvokeModel on arn:${Partition}:bedrock:${Region}::foundation-model/anthropic.claude-v2",
                "s3:GetObject on arn:${Partition}:s3:::in/a/b.json",
            ],
        ),
        (
            "apigateway:invoke",
            "{ApiEndpoint: abc.execute-api.eu-west-1.amazonaws.com, Method: GET, Stage: live, AuthType: IAM_ROLE}",
            [f"execute-api:Invoke on arn:${{Partition}}:execute-api:{HERE}:abc/live/GET/*"],
        ),
        ("apigateway:invoke", "{ApiEndpoint: abc.execute-api.eu-west-1.amazonaws.com, Method: GET}", []),
        (
            "emr-serverless:startJobRun.sync",
            "{ApplicationId: a1, ExecutionRoleArn: !GetAtt Role.Arn}",
            [
                f"emr-serverless:StartJobRun on arn:${{Partition}}:emr-serverless:{HERE}:/applications/a1",
                "iam:PassRole on ${Role.Arn} if StringLike iam:PassedToService emr-serverless.amazonaws.com",
                *(
                    f"emr-serverless:{action} on arn:${{Partition}}:emr-serverless:{HERE}:/applications/a1/jobruns/*"
                    for action in ("GetJobRun", "CancelJobRun")
                ),
                *rule("StepFunctionsGetEventsForEMRServerlessJobRule"),
            ],
        ),
        (
            "elasticmapreduce:addStep.sync",
            "{ClusterId: j-1}",
            [
                f"elasticmapreduce:{action} on arn:${{Partition}}:elasticmapreduce:{HERE}:cluster/j-1"
                for action in ("AddJobFlowSteps", "DescribeStep", "CancelSteps")
            ],
        ),
        (
            "databrew:startJobRun",
            "{Name: clean}",
            [f"databrew:StartJobRun on arn:${{Partition}}:databrew:{HERE}:job/clean"],
        ),
        (
            "sagemaker:createTrainingJob",
            "{TrainingJobName: t, RoleArn: !GetAtt Role.Arn}",
            [
                f"sagemaker:CreateTrainingJob on arn:${{Partition}}:sagemaker:{HERE}:training-job/t",
                "iam:PassRole on ${Role.Arn} if StringEquals iam:PassedToService sagemaker.amazonaws.com",
            ],
        ),
        # Through the AWS SDK.
        (
            "aws-sdk:sfn:startSyncExecution",
            "{StateMachineArn: !Ref Machine}",
            ["states:StartSyncExecution on ${Machine.Arn}"],
        ),
        (
            "aws-sdk:s3:getObject",
            "{Bucket: !Ref Bucket, Key: a/b}",
            ["s3:GetObject on ${Bucket.Arn}/a/b"],
        ),
        ("aws-sdk:s3:listBuckets", "{}", ["s3:ListAllMyBuckets on *"]),
        ("aws-sdk:ec2:describeInstances", "{}", ["ec2:DescribeInstances on *"]),
        ("aws-sdk:cloudfront:createInvalidation", "{}", ["cloudfront:CreateInvalidation on ${? resource of}"]),
    ],
)
def test_integrations(resource: str, parameters: str, lines: list[str]) -> None:
    more = """
    Queue: {Type: AWS::SQS::Queue}
    Function: {Type: AWS::Lambda::Function}
    Table: {Type: AWS::DynamoDB::Table}
    Bus: {Type: AWS::Events::EventBus}
    Bucket: {Type: AWS::S3::Bucket}
    Role: {Type: AWS::IAM::Role}
    """
    text = f"Type: Task\nResource: arn:aws:states:::{resource}\nParameters: {parameters}\nEnd: true\n"
    found = tightest(text, more)
    assert says(found.needs) == lines
    assert found.unknown == ()


def test_a_function_that_a_state_names_itself() -> None:
    more = "Function: {Type: AWS::Lambda::Function}\n"
    text = "Type: Task\nResource: !GetAtt Function.Arn\nEnd: true\n"
    assert says(tightest(text, more).needs) == ["lambda:InvokeFunction on ${Function.Arn}"]
    wide = says(documented(text, more).needs)
    assert wide == ["lambda:InvokeFunction on ${Function.Arn}, ${Function.Arn}:*"]
    text = "Type: Task\nResource: 'arn:aws:lambda:us-east-1:111122223333:function:pay:live'\nEnd: true\n"
    assert says(tightest(text).needs) == [
        "lambda:InvokeFunction on arn:aws:lambda:us-east-1:111122223333:function:pay:live"
    ]


def test_an_activity_needs_nothing() -> None:
    more = "Activity: {Type: AWS::StepFunctions::Activity, Properties: {Name: a}}\n"
    found = tightest("Type: Task\nResource: !Ref Activity\nEnd: true\n", more)
    assert (found.needs, found.unknown) == ((), ())


def test_an_integration_that_no_file_describes_is_unknown() -> None:
    found = tightest("Type: Task\nResource: arn:aws:states:::quantum:entangle.sync\nEnd: true\n")
    assert says(found.needs) == []
    [reason] = found.unknown
    assert reason.reason == "what state Do needs for quantum:entangle is not known here"
    assert reason.location is not None
    assert reason.location.line == 12


def test_an_action_of_the_sdk_that_is_not_there_is_unknown() -> None:
    found = tightest("Type: Task\nResource: arn:aws:states:::aws-sdk:s3:fly\nEnd: true\n")
    assert [reason.reason for reason in found.unknown] == [
        "what state Do needs for aws-sdk:s3:fly is not known here",
    ]


def test_a_resource_that_is_not_known_may_be_any_call() -> None:
    found = tightest("Type: Task\nResource: !Ref Name\nEnd: true\n")
    assert says(found.needs) == []
    assert "what state Do calls is not known: parameter Name has no value" in found.unknown[0].reason


def test_a_state_with_credentials_of_another_role_needs_to_take_it_on() -> None:
    text = """
      Type: Task
      Resource: arn:aws:states:::sqs:sendMessage
      Credentials: {RoleArn: 'arn:aws:iam::111122223333:role/there'}
      Parameters: {QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/jobs'}
      End: true
    """
    assert says(tightest(text).needs) == ["sts:AssumeRole on arn:aws:iam::111122223333:role/there"]
    computed = text.replace("RoleArn: 'arn:aws:iam::111122223333:role/there'", "'RoleArn.$': $.role")
    assert says(tightest(computed).needs) == ["sts:AssumeRole on ${run time RoleArn}"]
    assert says(documented(computed).needs) == ["sts:AssumeRole on *"]


def test_a_state_that_passes_its_input_may_pass_anything() -> None:
    text = "Type: Task\nResource: arn:aws:states:::ecs:runTask\nEnd: true\n"
    found = tightest(text)
    assert [line.split(" on ")[0] for line in says(found.needs)] == ["ecs:RunTask"]
    assert {line.split(" on ")[0] for line in says(found.perhaps)} == {"iam:PassRole", "ecs:TagResource"}


# --- around the states


def test_a_machine_that_is_traced_and_encrypted() -> None:
    text = "Type: Pass\nEnd: true\n"
    key = "Key: {Type: AWS::KMS::Key}\n"
    found = tightest(text, key, TracingConfiguration="{Enabled: true}", EncryptionConfiguration="{KmsKeyId: !Ref Key}")
    context = " if StringEquals kms:EncryptionContext:aws:states:stateMachineArn ${Machine.Arn}"
    assert says(found.needs) == [
        "xray:PutTraceSegments on *",
        "xray:PutTelemetryRecords on *",
        "xray:GetSamplingRules on *",
        "xray:GetSamplingTargets on *",
        f"kms:Decrypt on ${{Key.Arn}}{context}",
        f"kms:GenerateDataKey on ${{Key.Arn}}{context}",
    ]
    assert says(tightest(text, TracingConfiguration="{Enabled: false}").needs) == []


def test_what_may_be_switched_on_may_be_needed() -> None:
    text = "Type: Pass\nEnd: true\n"
    found = tightest(text, TracingConfiguration="{Enabled: !Ref Name}", LoggingConfiguration="{Level: !Ref Name}")
    assert says(found.needs) == []
    assert says(found.perhaps)[:8] == LOGGING
    assert "xray:PutTraceSegments on *" in says(found.perhaps)
    assert says(tightest(text, LoggingConfiguration="{Level: 'OFF'}").perhaps) == []


def test_a_distributed_map_starts_executions_of_its_own_machine() -> None:
    text = """
      Type: Map
      ItemReader:
        Resource: arn:aws:states:::s3:getObject
        Parameters: {Bucket: !Ref Bucket, Key: items.json}
      ResultWriter:
        Resource: arn:aws:states:::s3:putObject
        Parameters: {Bucket: !Ref Bucket, Prefix: out}
      ItemProcessor:
        ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
        StartAt: Tell
        States:
          Tell: {Type: Task, Resource: 'arn:aws:states:::sns:publish', Parameters: {TopicArn: !Ref Name}, End: true}
      End: true
    """
    more = "Bucket: {Type: AWS::S3::Bucket}\n"
    wide, tight = both(one_state(text, more, StateMachineName="nightly"))
    execution = f"arn:${{Partition}}:states:{HERE}:execution:nightly"
    assert says(tight.needs) == [
        "states:StartExecution on ${Machine.Arn}",
        f"states:DescribeExecution on {execution}:*",
        "s3:GetObject on ${Bucket.Arn}/items.json",
        "s3:PutObject on ${Bucket.Arn}/out/*",
        "sns:Publish on ${Name}",
    ]
    assert f"states:RedriveExecution on {execution}:*, {execution}/*" in says(wide.needs)
    assert "s3:AbortMultipartUpload on ${Bucket.Arn}/*" in says(wide.needs)
    inline = text.replace("DISTRIBUTED", "INLINE")
    assert says(tightest(inline, more).needs)[0] != "states:StartExecution on ${Machine.Arn}"


def test_a_reader_that_is_not_known_is_unknown() -> None:
    text = """
      Type: Map
      ItemReader: {Resource: 'arn:aws:states:::ftp:getObject', Parameters: {}}
      ItemProcessor:
        ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: STANDARD}
        StartAt: Done
        States: {Done: {Type: Pass, End: true}}
      End: true
    """
    [reason] = tightest(text).unknown
    assert reason.reason == "what the ItemReader of state Do needs is not known here"


def test_a_definition_that_cannot_be_read_may_need_anything() -> None:
    change = {
        "Machine.Properties.Definition": None,
        "Machine.Properties.DefinitionS3Location": {"Bucket": "b", "Key": "k"},
    }
    found = machine_needs(machine(change), TIGHTEST)
    assert says(found.needs) == LOGGING
    assert "stands in the S3 object k, which is not read" in found.unknown[0].reason


# --- what is encrypted, and what is handed on


def send(queue: str) -> str:
    return f"""
    Type: Task
    Resource: arn:aws:states:::sqs:sendMessage
    Parameters: {{QueueUrl: {queue}, MessageBody: go}}
    End: true
    """


def keys(found: object) -> set[str]:
    return {line.split(" if ")[0] for line in says(found) if line.startswith("kms:")}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stated", "needs"),
    [
        ("!Ref Key", {"kms:GenerateDataKey on ${Key.Arn}", "kms:Decrypt on ${Key.Arn}"}),
        ("!Ref Alias", {"kms:GenerateDataKey on ${Key.Arn}", "kms:Decrypt on ${Key.Arn}"}),
        ("alias/aws/sqs", set()),
        ("arn:aws:kms:eu-west-1:111122223333:alias/aws/sqs", set()),
    ],
)
def test_a_queue_that_is_encrypted(stated: str, needs: set[str]) -> None:
    more = f"""
    Key: {{Type: AWS::KMS::Key}}
    Alias: {{Type: AWS::KMS::Alias, Properties: {{AliasName: alias/jobs, TargetKeyId: !Ref Key}}}}
    Jobs: {{Type: AWS::SQS::Queue, Properties: {{KmsMasterKeyId: '{stated}'}}}}
    """.replace("'!Ref Key'", "!Ref Key").replace("'!Ref Alias'", "!Ref Alias")
    found = tightest(send("!Ref Jobs"), more)
    assert (keys(found.needs), keys(found.perhaps)) == (needs, set())


@pytest.mark.parametrize("stated", ["alias/jobs", "arn:aws:kms:eu-west-1:111122223333:alias/jobs"])
def test_an_alias_that_is_elsewhere_stands_for_some_key(stated: str) -> None:
    found = tightest(
        send("!Ref Jobs"), f"Jobs: {{Type: AWS::SQS::Queue, Properties: {{KmsMasterKeyId: '{stated}'}}}}\n"
    )
    assert keys(found.needs) == {"kms:GenerateDataKey on ${? meaning of}", "kms:Decrypt on ${? meaning of}"}


def test_a_queue_that_is_elsewhere_may_be_encrypted() -> None:
    text = send("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs")
    assert keys(tightest(text).perhaps) == set()
    assert keys(documented(text).needs) == set()
    assert {line.split(" on ")[0] for line in keys(documented(text).perhaps)} == {"kms:GenerateDataKey", "kms:Decrypt"}


def test_what_a_state_hands_on() -> None:
    text = """
    Type: Task
    Resource: arn:aws:states:::aws-sdk:transcribe:startTranscriptionJob
    Parameters:
      TranscriptionJobName: one
      Media: {'MediaFileUri.$': $.uri}
      JobExecutionSettings: {DataAccessRoleArn: 'arn:aws:iam::111122223333:role/reader'}
    End: true
    """
    least, wide = tightest(text), documented(text)
    assert says(least.perhaps) == ["iam:PassRole on arn:aws:iam::111122223333:role/reader"]
    assert "iam:PassRole on arn:aws:iam::111122223333:role/reader" in says(wide.needs)
    assert "s3:GetObject on *" in says(wide.perhaps)


def test_that_everything_is_more_than_an_unknown_resource_is_not_proven() -> None:
    text = "Type: Task\nResource: arn:aws:states:::aws-sdk:fis:createExperimentTemplate\nParameters: {}\nEnd: true\n"
    assert says(tightest(text).perhaps) == []
    assert says(documented(text).perhaps) == ["fis:CreateExperimentTemplate on ${? resource of}, *"]


def test_the_name_of_a_bucket_that_is_cut_out_of_its_arn() -> None:
    text = """
    Type: Task
    Resource: arn:aws:states:::aws-sdk:s3:listObjectsV2
    Parameters: {Bucket: !Select [5, !Split [":", !GetAtt Items.Arn]]}
    End: true
    """
    assert says(tightest(text, "Items: {Type: AWS::S3::Bucket}\n").needs) == ["s3:ListBucket on ${Items.Arn}"]
