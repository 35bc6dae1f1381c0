"""Fills an account of moto with one of everything that the collectors read, by the calls that a user would make."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import boto3

REGION = "eu-west-1"
CANARY = "Canary-7f3a9c"
"""Stands in every place that holds a secret; no snapshot may have it."""
USER_DATA = f"#!/bin/bash\necho ECS_CLUSTER=shop >> /etc/ecs/ecs.config\nexport DB_PASSWORD={CANARY}\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def tagged(team: str) -> list[dict[str, str]]:
    """Tags that tell one resource from the others."""
    return [{"Key": "team", "Value": team}]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made, by what it is for."""

    vpc: str
    subnets: tuple[str, str]
    balancer_group: str
    task_group: str
    balancer: str
    target_group: str
    listener: str
    definition: str
    service: str
    machine: str
    role: str


class Filler:
    """Makes things in one account and region."""

    def __init__(self, endpoint: str, region: str = REGION, **credentials: str) -> None:
        self._options = {
            "endpoint_url": endpoint,
            "region_name": region,
            "aws_access_key_id": credentials.get("key", "own"),
            "aws_secret_access_key": "secret",
            "aws_session_token": credentials.get("token"),
        }

    def client(self, service: str) -> Any:
        return boto3.client(service, **self._options)  # type: ignore[call-overload]

    def everything(self) -> Filled:
        vpc, subnets = self.network()
        balancer_group, task_group = self.groups(vpc)
        balancer, target_group, listener = self.balancing(vpc, subnets, balancer_group)
        role = self.roles()
        self.hosts(subnets, task_group)
        definition, service = self.tasks(subnets, task_group, target_group, role)
        machine = self.workflow(role, definition, subnets)
        self.others(service)
        return Filled(
            vpc,
            subnets,
            balancer_group,
            task_group,
            balancer,
            target_group,
            listener,
            definition,
            service,
            machine,
            role,
        )

    def network(self) -> tuple[str, tuple[str, str]]:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.1.0.0/16")
        made = []
        for number, zone in enumerate("ab"):
            block = f"10.0.{number}.0/24"
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"{REGION}{zone}")
            made.append(subnet["Subnet"]["SubnetId"])
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        ec2.associate_route_table(RouteTableId=table, SubnetId=made[0])
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        ec2.create_nat_gateway(SubnetId=made[0], AllocationId=address)
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        for egress in (False, True):
            ec2.create_network_acl_entry(
                NetworkAclId=acl,
                RuleNumber=100,
                Protocol="6",
                RuleAction="allow",
                Egress=egress,
                CidrBlock="10.0.0.0/16",
                PortRange={"From": 1024, "To": 65535},
            )
        ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])
        other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
        return vpc, (made[0], made[1])

    def groups(self, vpc: str) -> tuple[str, str]:
        ec2 = self.client("ec2")
        names = ("balancer", "tasks")
        made = [ec2.create_security_group(GroupName=one, Description="-", VpcId=vpc)["GroupId"] for one in names]
        listed = ec2.create_managed_prefix_list(
            PrefixListName="offices", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}]
        )["PrefixList"]["PrefixListId"]
        anywhere = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
        ec2.authorize_security_group_ingress(
            GroupId=made[0],
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **anywhere},
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": listed}]},
            ],
        )
        pairs = [{"GroupId": made[0], "Description": "the balancer"}]
        ec2.authorize_security_group_ingress(
            GroupId=made[1],
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "UserIdGroupPairs": pairs}],
        )
        return made[0], made[1]

    def balancing(self, vpc: str, subnets: tuple[str, str], group: str) -> tuple[str, str, str]:
        elb = self.client("elbv2")
        tags = [
            {"Key": "aws:cloudformation:stack-name", "Value": "shop"},
            {"Key": "aws:cloudformation:logical-id", "Value": "Balancer"},
        ]
        made = elb.create_load_balancer(Name="shop", Subnets=list(subnets), SecurityGroups=[group], Tags=tags)
        balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
        target_group = elb.create_target_group(
            Name="web",
            Protocol="HTTP",
            Port=8080,
            VpcId=vpc,
            TargetType="ip",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=20,
            HealthCheckTimeoutSeconds=7,
            Matcher={"HttpCode": "200-299"},
        )["TargetGroups"][0]["TargetGroupArn"]
        forward = [{"Type": "forward", "TargetGroupArn": target_group}]
        listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
        arn = listener["Listeners"][0]["ListenerArn"]
        path = [{"Field": "path-pattern", "Values": ["/api/*"]}]
        elb.create_rule(ListenerArn=arn, Priority=10, Conditions=path, Actions=forward)
        elb.register_targets(TargetGroupArn=target_group, Targets=[{"Id": "10.0.0.77", "Port": 8080}])
        return balancer, target_group, arn

    def roles(self) -> str:
        iam = self.client("iam")
        boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
        own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
        tag = [{"Key": "team", "Value": "shop"}]
        role = iam.create_role(
            RoleName="task", AssumeRolePolicyDocument=json.dumps(TRUST), PermissionsBoundary=boundary, Tags=tag
        )
        iam.put_role_policy(RoleName="task", PolicyName="inline", PolicyDocument=json.dumps(READ))
        iam.attach_role_policy(RoleName="task", PolicyArn=own)
        iam.create_instance_profile(InstanceProfileName="hosts")
        iam.add_role_to_instance_profile(InstanceProfileName="hosts", RoleName="task")
        return str(role["Role"]["Arn"])

    def hosts(self, subnets: tuple[str, str], group: str) -> None:
        ec2, scaling, ecs = self.client("ec2"), self.client("autoscaling"), self.client("ecs")
        encoded = base64.b64encode(USER_DATA.encode()).decode()
        image = ec2.describe_images()["Images"][0]["ImageId"]
        data = {"ImageId": image, "InstanceType": "t3.micro", "SecurityGroupIds": [group], "UserData": encoded}
        ec2.create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData=data)
        ec2.create_launch_template_version(
            LaunchTemplateName="hosts", LaunchTemplateData={**data, "InstanceType": "t3.large"}
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="hosts",
            MinSize=0,
            MaxSize=2,
            DesiredCapacity=0,
            VPCZoneIdentifier=",".join(subnets),
            LaunchTemplate={"LaunchTemplateName": "hosts", "Version": "$Latest"},
        )
        scaling.create_launch_configuration(
            LaunchConfigurationName="old", ImageId=image, InstanceType="t3.micro", UserData=USER_DATA
        )
        arn = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]
        provider = {"autoScalingGroupArn": arn, "managedScaling": {"status": "ENABLED"}}
        ecs.create_capacity_provider(name="hosts", autoScalingGroupProvider=provider)
        ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            SubnetId=subnets[0],
            SecurityGroupIds=[group],
            UserData=USER_DATA,
            IamInstanceProfile={"Name": "hosts"},
        )

    def tasks(self, subnets: tuple[str, str], group: str, target_group: str, role: str) -> tuple[str, str]:
        ecs = self.client("ecs")
        insights = [{"name": "containerInsights", "value": "enabled"}]
        ecs.create_cluster(clusterName="shop", settings=insights, capacityProviders=["hosts"])
        options = {"awslogs-group": "/ecs/web", "awslogs-region": REGION, "splunk-token": CANARY}
        container = {
            "name": "web",
            "image": "nginx",
            "memory": 256,
            "essential": True,
            "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
            "environment": [{"name": "DB_PASSWORD", "value": CANARY}, {"name": "STAGE", "value": "prod"}],
            "secrets": [{"name": "KEY", "valueFrom": f"arn:aws:ssm:{REGION}:123456789012:parameter/key"}],
            "command": ["serve", CANARY],
            "dockerLabels": {"note": CANARY},
            "logConfiguration": {"logDriver": "awslogs", "options": options},
            "healthCheck": {"command": ["CMD", "true"], "startPeriod": 30},
        }
        definition = {}
        for _ in range(2):
            definition = ecs.register_task_definition(
                family="web",
                networkMode="awsvpc",
                requiresCompatibilities=["FARGATE"],
                cpu="256",
                memory="512",
                taskRoleArn=role,
                executionRoleArn=role,
                containerDefinitions=[container],
            )
        arn = definition["taskDefinition"]["taskDefinitionArn"]  # type: ignore[index]
        awsvpc = {"subnets": list(subnets), "securityGroups": [group], "assignPublicIp": "DISABLED"}
        service = ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition="web:1",
            desiredCount=2,
            launchType="FARGATE",
            loadBalancers=[{"targetGroupArn": target_group, "containerName": "web", "containerPort": 8080}],
            networkConfiguration={"awsvpcConfiguration": awsvpc},
            healthCheckGracePeriodSeconds=60,
        )["service"]["serviceArn"]
        self.client("logs").create_log_group(logGroupName="/ecs/web", tags={"team": "logs"})
        self.client("logs").create_log_group(logGroupName="/ecs/web-other")
        self.client("logs").create_log_stream(logGroupName="/ecs/web", logStreamName="one")
        return arn, service

    def workflow(self, role: str, definition: str, subnets: tuple[str, str]) -> str:
        variables = [{"Name": "DB_PASSWORD", "Value": CANARY}, {"Name": "STAGE", "Value.$": "$.stage"}]
        run = {
            "Cluster": "shop",
            "TaskDefinition": "web:2",
            "Overrides": {"ContainerOverrides": [{"Name": "web", "Environment": variables}]},
        }
        state = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": run, "End": True}
        states = self.client("stepfunctions")
        machine = states.create_state_machine(
            name="nightly",
            definition=json.dumps({"StartAt": "Run", "States": {"Run": state}}),
            roleArn=role,
            type="STANDARD",
            tracingConfiguration={"enabled": True},
            tags=[{"key": "team", "value": "nightly"}],
        )["stateMachineArn"]
        events = self.client("events")
        events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)", State="ENABLED", Tags=tagged("hours"))
        override = {"containerOverrides": [{"name": "web", "environment": [{"name": "PASS", "value": CANARY}]}]}
        awsvpc = {"Subnets": list(subnets), "AssignPublicIp": "DISABLED"}
        cluster = f"arn:aws:ecs:{REGION}:123456789012:cluster/shop"
        task = {
            "TaskDefinitionArn": definition,
            "LaunchType": "FARGATE",
            "NetworkConfiguration": {"awsvpcConfiguration": awsvpc},
        }
        target = {"Id": "one", "Arn": cluster, "RoleArn": role, "EcsParameters": task, "Input": json.dumps(override)}
        events.put_targets(Rule="hourly", Targets=[target])
        self.client("scheduler").create_schedule(
            Name="daily",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": machine, "RoleArn": role, "Input": json.dumps({"api_key": CANARY, "stage": "prod"})},
        )
        return str(machine)

    def others(self, service: str) -> None:
        sns = self.client("sns")
        encrypted = {"KmsMasterKeyId": "alias/aws/sns"}
        topic = sns.create_topic(Name="alarms", Attributes=encrypted, Tags=tagged("ops"))["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{CANARY}@example.com")
        dimensions = [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "web"}]
        self.client("cloudwatch").put_metric_alarm(
            AlarmName="cpu",
            Tags=tagged("cpu"),
            Namespace="AWS/ECS",
            MetricName="CPUUtilization",
            Dimensions=dimensions,
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=80,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
        )
        scaling, owner = self.client("application-autoscaling"), "service/shop/web"
        named = {"ServiceNamespace": "ecs", "ResourceId": owner, "ScalableDimension": "ecs:service:DesiredCount"}
        scaling.register_scalable_target(**named, MinCapacity=1, MaxCapacity=4)
        metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        tracking = {"TargetValue": 50.0, "PredefinedMetricSpecification": metric}
        scaling.put_scaling_policy(
            **named,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )
        ssm = self.client("ssm")
        ssm.put_parameter(Name="/shop/subnet", Type="String", Value="subnet-0a")
        ssm.put_parameter(Name="/shop/secure", Type="SecureString", Value=CANARY)
        ssm.put_parameter(Name="/shop/db-password", Type="String", Value=CANARY)
        resources = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "exported"}}}
        exported = {"Topic": {"Value": {"Ref": "Topic"}, "Export": {"Name": "shop-topic"}}}
        template = json.dumps({"Resources": resources, "Outputs": exported})
        self.client("cloudformation").create_stack(StackName="exports", TemplateBody=template)
        deploy = self.client("codedeploy")
        deploy.create_application(applicationName="shop", computePlatform="ECS")
        deploy.create_deployment_group(
            applicationName="shop",
            deploymentGroupName="web",
            serviceRoleArn="arn:aws:iam::123456789012:role/task",
            ecsServices=[{"serviceName": "web", "clusterName": "shop"}],
            loadBalancerInfo={"targetGroupPairInfoList": [{"targetGroups": [{"name": "web"}]}]},
        )
