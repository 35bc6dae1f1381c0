data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

variable "task_definition_arn" {
  type        = string
  description = "the ARN of TaskDefinition is known after deployment"
}

variable "cluster_arn" {
  type        = string
  description = "the ARN of Cluster is known after deployment"
}

variable "execution_role_arn" {
  type        = string
  description = "the ARN of ExecutionRole is known after deployment"
}

variable "topic_arn" {
  type        = string
  description = "the ARN of Topic is known after deployment"
}

variable "machine_arn" {
  type        = string
  description = "the ARN of Machine is known after deployment"
}

# What state machine Machine needs.
data "aws_iam_policy_document" "machine_role" {
  statement {
    actions = [
      "ecs:DescribeTasks",
      "ecs:StopTask",
      "logs:CreateLogDelivery",
      "logs:CreateLogStream",
      "logs:DeleteLogDelivery",
      "logs:DescribeLogGroups",
      "logs:DescribeResourcePolicies",
      "logs:GetLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutLogEvents",
      "logs:PutResourcePolicy",
      "logs:UpdateLogDelivery",
    ]
    resources = ["*"]
  }

  statement {
    actions   = ["ecs:RunTask"]
    resources = [var.task_definition_arn]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [var.cluster_arn]
    }
  }

  statement {
    actions = [
      "events:DescribeRule",
      "events:PutRule",
      "events:PutTargets",
    ]
    resources = ["arn:${data.aws_partition.current.partition}:events:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:rule/StepFunctionsGetEventsForECSTaskRule"]
  }

  statement {
    actions   = ["iam:PassRole"]
    resources = [var.execution_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    actions   = ["sns:Publish"]
    resources = [var.topic_arn]
  }
}

# What target Schedule/machine needs.
data "aws_iam_policy_document" "schedule_role" {
  statement {
    actions   = ["states:StartExecution"]
    resources = [var.machine_arn]
  }
}

# What task definition TaskDefinition needs.
data "aws_iam_policy_document" "execution_role" {
  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:GetAuthorizationToken",
      "ecr:GetDownloadUrlForLayer",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]
    resources = ["*"]
  }
}
