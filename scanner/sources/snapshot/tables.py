# table
"""What is known of AWS's resource types: their ids, the calls that list them, and the properties that name others.

From AWS's CloudFormation resource reference (return values, properties) and the service authorization reference (the
names of actions).
"""

from __future__ import annotations

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
    "AWS::ECS::TaskDefinition": {"ExecutionRoleArn": ROLE, "TaskRoleArn": ROLE},
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
        "codedeploy:GetDeploymentGroup",
    ),
    "AWS::EC2::Instance": ("ec2:DescribeInstances", "ec2:DescribeInstanceAttribute"),
    "AWS::EC2::InternetGateway": ("ec2:DescribeInternetGateways",),
    "AWS::EC2::LaunchTemplate": ("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
    "AWS::EC2::NatGateway": ("ec2:DescribeNatGateways",),
    "AWS::EC2::NetworkAcl": ("ec2:DescribeNetworkAcls",),
    "AWS::EC2::NetworkAclEntry": ("ec2:DescribeNetworkAcls",),
    "AWS::EC2::NetworkInterface": ("ec2:DescribeNetworkInterfaces",),
    "AWS::EC2::PrefixList": ("ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"),
    "AWS::EC2::Route": ("ec2:DescribeRouteTables",),
    "AWS::EC2::RouteTable": ("ec2:DescribeRouteTables",),
    "AWS::EC2::SecurityGroup": ("ec2:DescribeSecurityGroups",),
    "AWS::EC2::SecurityGroupEgress": ("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"),
    "AWS::EC2::SecurityGroupIngress": ("ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroupRules"),
    "AWS::EC2::Subnet": ("ec2:DescribeSubnets",),
    "AWS::EC2::SubnetNetworkAclAssociation": ("ec2:DescribeNetworkAcls",),
    "AWS::EC2::SubnetRouteTableAssociation": ("ec2:DescribeRouteTables",),
    "AWS::EC2::VPC": ("ec2:DescribeVpcs",),
    "AWS::EC2::VPCCidrBlock": ("ec2:DescribeVpcs",),
    "AWS::EC2::VPCEndpoint": ("ec2:DescribeVpcEndpoints",),
    "AWS::EC2::VPCGatewayAttachment": ("ec2:DescribeInternetGateways",),
    "AWS::EC2::VPCPeeringConnection": ("ec2:DescribeVpcPeeringConnections",),
    "AWS::ECS::CapacityProvider": ("ecs:DescribeCapacityProviders",),
    "AWS::ECS::Cluster": ("ecs:ListClusters", "ecs:DescribeClusters"),
    "AWS::ECS::ClusterCapacityProviderAssociations": ("ecs:ListClusters", "ecs:DescribeClusters"),
    "AWS::ECS::Service": ("ecs:ListServices", "ecs:DescribeServices"),
    "AWS::ECS::TaskDefinition": ("ecs:ListTaskDefinitions", "ecs:DescribeTaskDefinition"),
    "AWS::ECS::TaskSet": ("ecs:DescribeTaskSets",),
    "AWS::ElasticLoadBalancingV2::Listener": ("elasticloadbalancing:DescribeListeners",),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("elasticloadbalancing:DescribeRules",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elasticloadbalancing:DescribeLoadBalancers",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("elasticloadbalancing:DescribeTargetGroups",),
    "AWS::Events::Rule": ("events:ListRules", "events:ListTargetsByRule"),
    "AWS::IAM::InstanceProfile": ("iam:ListInstanceProfiles",),
    "AWS::IAM::ManagedPolicy": ("iam:ListPolicies", "iam:GetPolicyVersion"),
    "AWS::IAM::Policy": ("iam:ListRolePolicies", "iam:GetRolePolicy"),
    "AWS::IAM::Role": ("iam:ListRoles", "iam:GetRole"),
    "AWS::Logs::LogGroup": ("logs:DescribeLogGroups",),
    "AWS::SNS::Subscription": ("sns:ListSubscriptions",),
    "AWS::SNS::Topic": ("sns:ListTopics",),
    "AWS::SSM::Parameter": ("ssm:DescribeParameters", "ssm:GetParameters"),
    "AWS::Scheduler::Schedule": ("scheduler:ListSchedules", "scheduler:GetSchedule"),
    "AWS::StepFunctions::StateMachine": ("states:ListStateMachines", "states:DescribeStateMachine"),
}
"""The calls that give the resources of a type: where one of them failed, resources of the type may be out of sight."""

PROPERTY_APIS: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS::EC2::Instance": {"UserData": ("ec2:DescribeInstanceAttribute",)},
    "AWS::EC2::LaunchTemplate": {"LaunchTemplateData": ("ec2:DescribeLaunchTemplateVersions",)},
    "AWS::EC2::PrefixList": {"Entries": ("ec2:GetManagedPrefixListEntries",)},
    "AWS::EC2::SecurityGroup": {
        "SecurityGroupEgress": ("ec2:DescribeSecurityGroupRules",),
        "SecurityGroupIngress": ("ec2:DescribeSecurityGroupRules",),
    },
    "AWS::EC2::VPC": {
        "EnableDnsHostnames": ("ec2:DescribeVpcAttribute",),
        "EnableDnsSupport": ("ec2:DescribeVpcAttribute",),
    },
    "AWS::ElasticLoadBalancingV2::Listener": {
        "ListenerAttributes": ("elasticloadbalancing:DescribeListenerAttributes",),
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "LoadBalancerAttributes": ("elasticloadbalancing:DescribeLoadBalancerAttributes",),
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "TargetGroupAttributes": ("elasticloadbalancing:DescribeTargetGroupAttributes",),
        "Targets": ("elasticloadbalancing:DescribeTargetHealth",),
    },
    "AWS::Events::Rule": {"Targets": ("events:ListTargetsByRule",)},
    "AWS::IAM::ManagedPolicy": {"PolicyDocument": ("iam:GetPolicyVersion",)},
    "AWS::IAM::Role": {
        "ManagedPolicyArns": ("iam:ListAttachedRolePolicies",),
        "PermissionsBoundary": ("iam:GetRole",),
        "Policies": ("iam:ListRolePolicies", "iam:GetRolePolicy"),
    },
    "AWS::Logs::LogGroup": {"RetentionInDays": ("logs:DescribeLogGroups",)},
    "AWS::SNS::Topic": {"KmsMasterKeyId": ("sns:GetTopicAttributes",)},
    "AWS::StepFunctions::StateMachine": {
        "DefinitionString": ("states:DescribeStateMachine",),
        "LoggingConfiguration": ("states:DescribeStateMachine",),
        "RoleArn": ("states:DescribeStateMachine",),
        "StateMachineType": ("states:DescribeStateMachine",),
        "TracingConfiguration": ("states:DescribeStateMachine",),
    },
}
"""Properties that calls of their own give: where such a call failed and the property is not there, it is not known."""

STATED: dict[str, tuple[str, ...]] = {
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData",),
    "AWS::EC2::SecurityGroup": ("SecurityGroupEgress", "SecurityGroupIngress"),
    "AWS::ECS::Cluster": ("ClusterSettings",),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("LoadBalancerAttributes",),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("TargetGroupAttributes",),
}
"""Properties that every resource of a type has in an account, be it as an empty list: a snapshot that leaves one out
does not say that there is nothing."""

TAG_APIS: dict[str, str] = {
    "AWS::ElasticLoadBalancingV2::": "elasticloadbalancing:DescribeTags",
    "AWS::IAM::Role": "iam:ListRoleTags",
}
"""Calls that give the tags of types, by the beginning of the type; tags of others come with the resource."""
