# table
"""What is known of AWS's resource types: their ids, the calls that list them, and the properties that name others.

From AWS's CloudFormation resource reference (return values, properties) and the service authorization reference (the
names of actions).
"""

from __future__ import annotations

from typing import NamedTuple

ID_PREFIXES: dict[str, str] = {
    "acl-": "AWS::EC2::NetworkAcl",
    "eni-": "AWS::EC2::NetworkInterface",
    "i-": "AWS::EC2::Instance",
    "igw-": "AWS::EC2::InternetGateway",
    "lt-": "AWS::EC2::LaunchTemplate",
    "nat-": "AWS::EC2::NatGateway",
    "pcx-": "AWS::EC2::VPCPeeringConnection",
    "pl-": "AWS::EC2::PrefixList",
    "rtb-": "AWS::EC2::RouteTable",
    "sg-": "AWS::EC2::SecurityGroup",
    "sgr-": "AWS::EC2::SecurityGroupIngress",
    "subnet-": "AWS::EC2::Subnet",
    "tgw-": "AWS::EC2::TransitGateway",
    "vpc-": "AWS::EC2::VPC",
    "vpce-": "AWS::EC2::VPCEndpoint",
}
"""How the ids of a type begin, where an id is nothing else: these, and ARNs, name a resource wherever they stand."""

ARN_KINDS: dict[tuple[str, str], str] = {
    ("autoscaling", "autoScalingGroup"): "AWS::AutoScaling::AutoScalingGroup",
    ("ecs", "capacity-provider"): "AWS::ECS::CapacityProvider",
    ("ecs", "cluster"): "AWS::ECS::Cluster",
    ("ecs", "service"): "AWS::ECS::Service",
    ("ecs", "task-definition"): "AWS::ECS::TaskDefinition",
    ("elasticloadbalancing", "listener"): "AWS::ElasticLoadBalancingV2::Listener",
    ("elasticloadbalancing", "listener-rule"): "AWS::ElasticLoadBalancingV2::ListenerRule",
    ("elasticloadbalancing", "loadbalancer"): "AWS::ElasticLoadBalancingV2::LoadBalancer",
    ("elasticloadbalancing", "targetgroup"): "AWS::ElasticLoadBalancingV2::TargetGroup",
    ("iam", "instance-profile"): "AWS::IAM::InstanceProfile",
    ("iam", "policy"): "AWS::IAM::ManagedPolicy",
    ("iam", "role"): "AWS::IAM::Role",
    ("states", "stateMachine"): "AWS::StepFunctions::StateMachine",
}
"""The type of a resource by service and first word of its ARN."""

SHARED = frozenset(
    {"AWS::EC2::PrefixList", "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::TransitGateway", "AWS::EC2::VPC"}
)
"""Types of which an owner lets other accounts see the same resource in the same region ("Shareable AWS resources", AWS
RAM user guide; a VPC is seen with its subnets)."""

GLOBAL = ("AWS::IAM::",)
"""Types that exist once in an account, whatever the region."""

NAMES: dict[str, str] = {
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateName",
    "AWS::ECS::CapacityProvider": "Name",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SSM::Parameter": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""The property that holds the name of a resource of a type."""

CLUSTER = "AWS::ECS::Cluster"
PROVIDER = "AWS::ECS::CapacityProvider"
ROLE = "AWS::IAM::Role"
TEMPLATE = "AWS::EC2::LaunchTemplate"
GROUP = "AWS::AutoScaling::AutoScalingGroup"

NAMED_BY: dict[str, dict[str, str]] = {
    "AWS::AutoScaling::AutoScalingGroup": {
        "LaunchConfigurationName": "AWS::AutoScaling::LaunchConfiguration",
        "LaunchTemplate.LaunchTemplateName": TEMPLATE,
        "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateName": TEMPLATE,
        "MixedInstancesPolicy.LaunchTemplate.Overrides.LaunchTemplateSpecification.LaunchTemplateName": TEMPLATE,
    },
    "AWS::CodeDeploy::DeploymentGroup": {
        "LoadBalancerInfo.TargetGroupPairInfoList.TargetGroups.Name": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "ServiceRoleArn": ROLE,
    },
    "AWS::EC2::Instance": {
        "IamInstanceProfile": "AWS::IAM::InstanceProfile",
        "LaunchTemplate.LaunchTemplateName": TEMPLATE,
    },
    "AWS::EC2::LaunchTemplate": {"LaunchTemplateData.IamInstanceProfile.Name": "AWS::IAM::InstanceProfile"},
    "AWS::ECS::CapacityProvider": {"AutoScalingGroupProvider.AutoScalingGroupArn": GROUP},
    "AWS::ECS::Cluster": {
        "CapacityProviders": PROVIDER,
        "DefaultCapacityProviderStrategy.CapacityProvider": PROVIDER,
    },
    "AWS::ECS::ClusterCapacityProviderAssociations": {
        "CapacityProviders": PROVIDER,
        "Cluster": CLUSTER,
        "DefaultCapacityProviderStrategy.CapacityProvider": PROVIDER,
    },
    "AWS::ECS::Service": {
        "CapacityProviderStrategy.CapacityProvider": PROVIDER,
        "Cluster": CLUSTER,
        "Role": ROLE,
        "TaskDefinition": "AWS::ECS::TaskDefinition",
    },
    "AWS::ECS::TaskDefinition": {
        "ContainerDefinitions.LogConfiguration.Options.awslogs-group": "AWS::Logs::LogGroup",
        "ExecutionRoleArn": ROLE,
        "TaskRoleArn": ROLE,
    },
    "AWS::ECS::TaskSet": {
        "CapacityProviderStrategy.CapacityProvider": PROVIDER,
        "Cluster": CLUSTER,
        "Service": "AWS::ECS::Service",
        "TaskDefinition": "AWS::ECS::TaskDefinition",
    },
    "AWS::IAM::InstanceProfile": {"Roles": ROLE},
    "AWS::IAM::Policy": {"Roles": ROLE},
}
"""By type and property (dotted, without places in lists) the type of the resource that a name there means."""

APIS: dict[str, tuple[str, ...]] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ("application-autoscaling:DescribeScalableTargets",),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("application-autoscaling:DescribeScalingPolicies",),
    "AWS::AutoScaling::AutoScalingGroup": ("autoscaling:DescribeAutoScalingGroups",),
    "AWS::AutoScaling::LaunchConfiguration": ("autoscaling:DescribeLaunchConfigurations",),
    "AWS::CloudFormation::Export": ("cloudformation:ListExports",),
    "AWS::CloudWatch::Alarm": ("cloudwatch:DescribeAlarms",),
    "AWS::CodeDeploy::DeploymentGroup": (
        "codedeploy:ListApplications",
        "codedeploy:ListDeploymentGroups",
        "codedeploy:BatchGetDeploymentGroups",
    ),
    "AWS::EC2::Instance": ("ec2:DescribeInstances", "ec2:DescribeInstanceAttribute"),
    "AWS::EC2::InternetGateway": ("ec2:DescribeInternetGateways",),
    "AWS::EC2::LaunchTemplate": ("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
    "AWS::EC2::NatGateway": ("ec2:DescribeNatGateways",),
    "AWS::EC2::NetworkAcl": ("ec2:DescribeNetworkAcls",),
    "AWS::EC2::NetworkAclEntry": ("ec2:DescribeNetworkAcls",),
    "AWS::EC2::PrefixList": ("ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"),
    "AWS::EC2::Route": ("ec2:DescribeRouteTables",),
    "AWS::EC2::RouteTable": ("ec2:DescribeRouteTables",),
    "AWS::EC2::SecurityGroup": ("ec2:DescribeSecurityGroups",),
    "AWS::EC2::SecurityGroupEgress": ("ec2:DescribeSecurityGroups",),
    "AWS::EC2::SecurityGroupIngress": ("ec2:DescribeSecurityGroups",),
    "AWS::EC2::Subnet": ("ec2:DescribeSubnets",),
    "AWS::EC2::SubnetNetworkAclAssociation": ("ec2:DescribeNetworkAcls",),
    "AWS::EC2::SubnetRouteTableAssociation": ("ec2:DescribeRouteTables", "ec2:DescribeSubnets"),
    "AWS::EC2::VPC": ("ec2:DescribeVpcs",),
    "AWS::EC2::VPCCidrBlock": ("ec2:DescribeVpcs",),
    "AWS::EC2::VPCEndpoint": ("ec2:DescribeVpcEndpoints",),
    "AWS::EC2::VPCGatewayAttachment": ("ec2:DescribeInternetGateways",),
    "AWS::EC2::VPCPeeringConnection": ("ec2:DescribeVpcPeeringConnections",),
    "AWS::ECS::CapacityProvider": ("ecs:DescribeCapacityProviders",),
    "AWS::ECS::Cluster": ("ecs:ListClusters", "ecs:DescribeClusters"),
    "AWS::ECS::ClusterCapacityProviderAssociations": ("ecs:ListClusters", "ecs:DescribeClusters"),
    "AWS::ECS::Service": ("ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"),
    "AWS::ECS::TaskDefinition": (
        "ecs:ListClusters",
        "ecs:ListServices",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
    ),
    "AWS::ECS::TaskSet": ("ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices", "ecs:DescribeTaskSets"),
    "AWS::ElasticLoadBalancingV2::Listener": (
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeListeners",
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elasticloadbalancing:DescribeLoadBalancers",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elasticloadbalancing:DescribeTargetGroups",),
    "AWS::Events::Rule": ("events:ListRules", "events:ListTargetsByRule"),
    "AWS::IAM::InstanceProfile": ("iam:ListInstanceProfiles",),
    "AWS::IAM::ManagedPolicy": ("iam:GetAccountAuthorizationDetails",),
    "AWS::IAM::Policy": ("iam:GetAccountAuthorizationDetails",),
    "AWS::IAM::Role": ("iam:GetAccountAuthorizationDetails",),
    "AWS::Logs::LogGroup": ("logs:DescribeLogGroups",),
    "AWS::SNS::Subscription": ("sns:ListSubscriptions",),
    "AWS::SNS::Topic": ("sns:ListTopics",),
    "AWS::SSM::Parameter": ("ssm:DescribeParameters", "ssm:GetParameters"),
    "AWS::Scheduler::Schedule": ("scheduler:ListSchedules", "scheduler:GetSchedule"),
    "AWS::StepFunctions::StateMachine": ("states:ListStateMachines", "states:DescribeStateMachine"),
    "Observed::ContainerInstance": (
        "ecs:ListClusters",
        "ecs:ListContainerInstances",
        "ecs:DescribeContainerInstances",
    ),
    "Observed::HealthEvent": ("health:DescribeEvents",),
    "Observed::InstanceStatus": ("ec2:DescribeInstanceStatus",),
    "Observed::Metric": ("cloudwatch:GetMetricData",),
    "Observed::ServiceEvents": ("ecs:ListClusters", "ecs:ListServices", "ecs:DescribeServices"),
    "Observed::StoppedTask": ("ecs:ListClusters", "ecs:ListTasks", "ecs:DescribeTasks"),
    "Observed::TargetHealth": (
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
    ),
}
"""The calls that give the resources of a type, with those whose answers they are asked for: where one of them failed,
resources of the type may be out of sight. Listeners are asked for by load balancer, services by cluster, task
definitions as far as something uses them."""

PROPERTY_APIS: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS::EC2::Instance": {"UserData": ("ec2:DescribeInstanceAttribute",)},
    "AWS::EC2::LaunchTemplate": {
        "LaunchTemplateData": ("ec2:DescribeLaunchTemplateVersions", "autoscaling:DescribeAutoScalingGroups"),
    },
    "AWS::EC2::PrefixList": {"Entries": ("ec2:GetManagedPrefixListEntries",)},
    "AWS::EC2::VPC": {
        "EnableDnsHostnames": ("ec2:DescribeVpcAttribute",),
        "EnableDnsSupport": ("ec2:DescribeVpcAttribute",),
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "LoadBalancerAttributes": ("elasticloadbalancing:DescribeLoadBalancerAttributes",),
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "TargetGroupAttributes": ("elasticloadbalancing:DescribeTargetGroupAttributes",),
        "Targets": (
            "elasticloadbalancing:DescribeTargetHealth",
            "ecs:ListTasks",
            "ecs:DescribeTasks",
            "ecs:ListContainerInstances",
            "ecs:DescribeContainerInstances",
        ),
    },
    "AWS::Events::Rule": {"Targets": ("events:ListTargetsByRule",)},
    "AWS::Logs::LogGroup": {
        "LastEventTime": ("logs:DescribeLogStreams",),
        "RetentionInDays": ("logs:DescribeLogGroups",),
    },
    "AWS::SNS::Topic": {"KmsMasterKeyId": ("sns:GetTopicAttributes",)},
    "AWS::SSM::Parameter": {"Value": ("ssm:GetParameters",)},
    "AWS::Scheduler::Schedule": {
        "KmsKeyArn": ("scheduler:GetSchedule",),
        "ScheduleExpression": ("scheduler:GetSchedule",),
        "Target": ("scheduler:GetSchedule",),
    },
    "AWS::StepFunctions::StateMachine": {
        "DefinitionString": ("states:DescribeStateMachine",),
        "EncryptionConfiguration": ("states:DescribeStateMachine",),
        "LoggingConfiguration": ("states:DescribeStateMachine",),
        "RoleArn": ("states:DescribeStateMachine",),
        "StateMachineType": ("states:DescribeStateMachine",),
        "TracingConfiguration": ("states:DescribeStateMachine",),
    },
}
"""Properties that calls of their own give: where such a call failed and the property is not there, it is not known."""

STATED: dict[str, tuple[str, ...]] = {
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData",),
    "AWS::EC2::PrefixList": ("Entries",),
    "AWS::EC2::SecurityGroup": ("SecurityGroupEgress", "SecurityGroupIngress"),
    "AWS::ECS::Cluster": ("ClusterSettings",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("LoadBalancerAttributes",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("TargetGroupAttributes",),
}
"""Properties that every resource of a type has in an account, be it as an empty list: a snapshot that leaves one out
does not say that there is nothing."""


class Lack(NamedTuple):
    """What an account has not got."""

    why: str
    supply: str
    """What would help."""


LACKS: dict[tuple[str, str], Lack] = {
    ("health:DescribeEvents", "SubscriptionRequiredException"): Lack(
        "the API of AWS Health needs a Business, Enterprise On-Ramp or Enterprise support plan; without one, the "
        "public dashboard (https://health.aws.amazon.com/health/status) shows the open events, and an EventBridge rule "
        "on the source aws.health tells of them",
        "a support plan that has the API",
    ),
}
"""Calls and errors that tell what an account is, and not that something failed when it was read: what they give is not
known, but no scan is the worse for it. AWS Health: "DescribeEvents", AWS Health API Reference."""

TAG_APIS: dict[str, str] = {
    "AWS::CloudWatch::Alarm": "tag:GetResources",
    "AWS::ElasticLoadBalancingV2::": "elasticloadbalancing:DescribeTags",
    "AWS::Events::Rule": "tag:GetResources",
    "AWS::Logs::LogGroup": "tag:GetResources",
    "AWS::SNS::Topic": "tag:GetResources",
    "AWS::StepFunctions::StateMachine": "tag:GetResources",
}
"""Calls that give the tags of types, by the beginning of the type; tags of others come with the resource."""

ARN_FORMS: dict[str, str] = {
    "AWS::CloudWatch::Alarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}",
    "AWS::EC2::Instance": "arn:{partition}:ec2:{region}:{account}:instance/{id}",
    "AWS::EC2::InternetGateway": "arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}",
    "AWS::EC2::LaunchTemplate": "arn:{partition}:ec2:{region}:{account}:launch-template/{id}",
    "AWS::EC2::NatGateway": "arn:{partition}:ec2:{region}:{account}:natgateway/{id}",
    "AWS::EC2::NetworkAcl": "arn:{partition}:ec2:{region}:{account}:network-acl/{id}",
    "AWS::EC2::NetworkInterface": "arn:{partition}:ec2:{region}:{account}:network-interface/{id}",
    "AWS::EC2::PrefixList": "arn:{partition}:ec2:{region}:{account}:prefix-list/{id}",
    "AWS::EC2::RouteTable": "arn:{partition}:ec2:{region}:{account}:route-table/{id}",
    "AWS::EC2::SecurityGroup": "arn:{partition}:ec2:{region}:{account}:security-group/{id}",
    "AWS::EC2::Subnet": "arn:{partition}:ec2:{region}:{account}:subnet/{id}",
    "AWS::EC2::VPC": "arn:{partition}:ec2:{region}:{account}:vpc/{id}",
    "AWS::EC2::VPCEndpoint": "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}",
    "AWS::ECS::Cluster": "arn:{partition}:ecs:{region}:{account}:cluster/{id}",
    "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{id}",
}
"""The ARNs of types whose ``Ref`` is an id or a name, where these tell the ARN: a role's path, for one, is not told."""

PARTITIONS: dict[str, str] = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
"""The partitions of ARNs beside ``aws``, by the beginning of a region."""
