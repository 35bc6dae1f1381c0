"""EC2: networks, what filters them, and instances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found, strings

_EC2 = "AWS::EC2::"
VPC, SUBNET, GROUP = f"{_EC2}VPC", f"{_EC2}Subnet", f"{_EC2}SecurityGroup"
ACL, ENTRY, ACL_ASSOCIATION = f"{_EC2}NetworkAcl", f"{_EC2}NetworkAclEntry", f"{_EC2}SubnetNetworkAclAssociation"
TABLE, ROUTE, TABLE_ASSOCIATION = f"{_EC2}RouteTable", f"{_EC2}Route", f"{_EC2}SubnetRouteTableAssociation"
GATEWAY, ATTACHMENT = f"{_EC2}InternetGateway", f"{_EC2}VPCGatewayAttachment"
PREFIX_LIST = f"{_EC2}PrefixList"

APIS: dict[str, tuple[str, ...]] = {
    "ec2:DescribeInternetGateways": (GATEWAY, ATTACHMENT),
    "ec2:DescribeManagedPrefixLists": (PREFIX_LIST,),
    "ec2:DescribeNatGateways": (f"{_EC2}NatGateway",),
    "ec2:DescribeNetworkAcls": (ACL, ENTRY, ACL_ASSOCIATION),
    "ec2:DescribeRouteTables": (TABLE, ROUTE, TABLE_ASSOCIATION),
    "ec2:DescribeSecurityGroups": (GROUP, f"{GROUP}Ingress", f"{GROUP}Egress"),
    "ec2:DescribeSubnets": (SUBNET, TABLE_ASSOCIATION),
    "ec2:DescribeVpcAttribute": (VPC,),
    "ec2:DescribeVpcEndpoints": (f"{_EC2}VPCEndpoint",),
    "ec2:DescribeVpcPeeringConnections": (f"{_EC2}VPCPeeringConnection",),
    "ec2:DescribeVpcs": (VPC, f"{_EC2}VPCCidrBlock"),
    "ec2:GetManagedPrefixListEntries": (PREFIX_LIST,),
}
"""The calls, and the types of the resources that they tell of."""

PAGE, SMALL_PAGE = 1000, 100
"""The most items of a page; of route tables and prefix lists fewer (Amazon EC2 API Reference). Asked for all at once,
EC2 takes long to answer in a large account."""
LAST_ENTRY = 32767
"""The number of the entry of a network ACL that denies the rest; nothing can change it."""
_GONE = ("deleted", "deleting", "failed", "rejected", "expired")


def networks(calls: Calls, found: Found) -> None:
    """VPCs with their subnets, security groups, network ACLs and route tables."""
    vpcs = {vpc["id"]: vpc for vpc in _vpcs(calls, found)}
    subnets = calls.items("ec2:DescribeSubnets", "Subnets", MaxResults=PAGE)
    for subnet in subnets:
        made = found.add(SUBNET, subnet)
        for block, _ in _associated(subnet, "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"):
            made["properties"]["Ipv6CidrBlock"] = block
    for group in calls.items("ec2:DescribeSecurityGroups", "SecurityGroups", MaxResults=PAGE):
        made = found.add(GROUP, group)
        made["properties"]["SecurityGroupIngress"] = list(_rules(group, "IpPermissions", "Source"))
        made["properties"]["SecurityGroupEgress"] = list(_rules(group, "IpPermissionsEgress", "Destination"))
        if group.get("GroupName") == "default" and group.get("VpcId") in vpcs:
            vpcs[group["VpcId"]]["attributes"]["DefaultSecurityGroup"] = group["GroupId"]
    for acl in calls.items("ec2:DescribeNetworkAcls", "NetworkAcls", MaxResults=PAGE):
        _acl(found, acl)
        if acl.get("IsDefault") and acl.get("VpcId") in vpcs:
            vpcs[acl["VpcId"]]["attributes"]["DefaultNetworkAcl"] = acl["NetworkAclId"]
    tables = calls.items("ec2:DescribeRouteTables", "RouteTables", MaxResults=SMALL_PAGE)
    for table in tables:
        _routes(found, table)
    # Where a part of the tables is missing, a subnet may be associated with one of those.
    if not calls.failed("ec2:DescribeRouteTables"):
        _main_tables(found, tables, subnets)
    _prefix_lists(calls, found)


def gateways(calls: Calls, found: Found) -> None:
    """Internet gateways, NAT gateways, peering connections and VPC endpoints."""
    for gateway in calls.items("ec2:DescribeInternetGateways", "InternetGateways", MaxResults=PAGE):
        id = found.add(GATEWAY, gateway)["id"]
        for attached in gateway.get("Attachments", ()):
            if attached.get("State") in ("available", "attached", None):
                named = {"Id": f"IGW|{attached['VpcId']}", "VpcId": attached["VpcId"], "InternetGatewayId": id}
                found.add(ATTACHMENT, named)
    for api, key, type, state in (
        ("ec2:DescribeNatGateways", "NatGateways", f"{_EC2}NatGateway", "State"),
        ("ec2:DescribeVpcPeeringConnections", "VpcPeeringConnections", f"{_EC2}VPCPeeringConnection", "Status"),
        ("ec2:DescribeVpcEndpoints", "VpcEndpoints", f"{_EC2}VPCEndpoint", "State"),
    ):
        for item in calls.items(api, key, MaxResults=PAGE):
            stated = item.get(state)
            if str(stated.get("Code") if isinstance(stated, Mapping) else stated).lower() not in _GONE:
                found.add(type, item)


def _vpcs(calls: Calls, found: Found) -> Iterator[dict[str, Any]]:
    for vpc in calls.items("ec2:DescribeVpcs", "Vpcs", MaxResults=PAGE):
        made = found.add(VPC, vpc)
        id = made["id"]
        for block, association in _associated(vpc, "CidrBlockAssociationSet", "CidrBlock"):
            if block != vpc.get("CidrBlock"):
                found.add(f"{_EC2}VPCCidrBlock", {"AssociationId": association, "VpcId": id, "CidrBlock": block})
        for block, association in _associated(vpc, "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"):
            found.add(f"{_EC2}VPCCidrBlock", {"AssociationId": association, "VpcId": id, "Ipv6CidrBlock": block})
        for attribute in ("enableDnsHostnames", "enableDnsSupport"):
            answer = calls.one("ec2:DescribeVpcAttribute", VpcId=id, Attribute=attribute)
            name = attribute[:1].upper() + attribute[1:]
            if answer and name in answer:
                made["properties"][name] = bool(answer[name].get("Value"))
        yield made


def _associated(owner: Mapping[str, Any], key: str, block: str) -> Iterator[tuple[str, str]]:
    """The blocks of an owner that are in effect, each with the id of its association."""
    for association in owner.get(key, ()):
        state = association.get(f"{block}State", {}).get("State")
        if block in association and state in ("associated", "associating", None):
            yield association[block], association.get("AssociationId") or f"{owner.get('VpcId')}|{association[block]}"


def _rules(group: Mapping[str, Any], key: str, side: str) -> Iterator[dict[str, Any]]:
    """The rules of a group, one for each peer; ``side`` is Source or Destination."""
    for permission in group.get(key, ()):
        common = {name: permission[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in permission}
        for peer in _peers(permission, side):
            yield {**common, **peer}


def _peers(permission: Mapping[str, Any], side: str) -> Iterator[dict[str, Any]]:
    for key, name, own in (
        ("IpRanges", "CidrIp", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", f"{side}PrefixListId"),
        ("UserIdGroupPairs", "GroupId", f"{side}SecurityGroupId"),
    ):
        for peer in permission.get(key, ()):
            if name in peer:
                yield {own: peer[name], **{one: peer[one] for one in ("Description",) if peer.get(one)}}


def _acl(found: Found, acl: Mapping[str, Any]) -> None:
    id = found.add(ACL, acl)["id"]
    for entry in acl.get("Entries", ()):
        if entry["RuleNumber"] == LAST_ENTRY:
            continue
        direction = "egress" if entry["Egress"] else "ingress"
        protocol = str(entry["Protocol"])
        number = int(protocol) if protocol.removeprefix("-").isdigit() else protocol
        named = {"Id": f"{id}|{entry['RuleNumber']}|{direction}", "NetworkAclId": id, "Protocol": number}
        found.add(ENTRY, {**entry, **named})
    for association in acl.get("Associations", ()):
        found.add(ACL_ASSOCIATION, {**association, "NetworkAclId": id})


def _routes(found: Found, table: Mapping[str, Any]) -> None:
    """A table's routes that lead somewhere, and the subnets that are associated with it by themselves."""
    id = found.add(TABLE, table)["id"]
    for route in table.get("Routes", ()):
        if route.get("GatewayId") == "local" or route.get("State") == "blackhole":
            continue
        keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
        destination = next((str(route[key]) for key in keys if route.get(key)), "")
        found.add(ROUTE, {**route, "Id": f"{id}|{destination}", "RouteTableId": id})
    for association in table.get("Associations", ()):
        if association.get("SubnetId"):
            _associate(found, association["RouteTableAssociationId"], association["SubnetId"], id)


def _main_tables(found: Found, tables: Iterable[Mapping[str, Any]], subnets: Iterable[Mapping[str, Any]]) -> None:
    """A subnet that is associated with no table has the main one of its VPC ("Route table concepts", Amazon VPC User
    Guide): a template cannot say which that is, an account can."""
    main: dict[str, tuple[str, str]] = {}
    for table in tables:
        for association in table.get("Associations", ()):
            if association.get("Main"):
                main[str(table["VpcId"])] = str(association["RouteTableAssociationId"]), str(table["RouteTableId"])
    own = {one["properties"]["SubnetId"] for one in found.of(TABLE_ASSOCIATION)}
    for subnet in subnets:
        if subnet["SubnetId"] not in own and subnet.get("VpcId") in main:
            association, id = main[subnet["VpcId"]]
            _associate(found, f"{association}|{subnet['SubnetId']}", subnet["SubnetId"], id)


def _associate(found: Found, id: str, subnet: str, table: str) -> None:
    found.add(TABLE_ASSOCIATION, {"Id": id, "SubnetId": subnet, "RouteTableId": table})


def _prefix_lists(calls: Calls, found: Found) -> None:
    """The prefix lists of the account, and those of AWS; with their entries, where rules and routes name them."""
    used = {text for one in found.of(GROUP, ROUTE) for text in strings(one["properties"]) if text.startswith("pl-")}
    for listed in calls.items("ec2:DescribeManagedPrefixLists", "PrefixLists", MaxResults=SMALL_PAGE):
        made = found.add(PREFIX_LIST, listed)
        if made["id"] in used:
            api = "ec2:GetManagedPrefixListEntries"
            entries = calls.items(api, "Entries", PrefixListId=made["id"], MaxResults=SMALL_PAGE)
            if not calls.failed(api):
                made["properties"]["Entries"] = [
                    {name: entry[name] for name in ("Cidr", "Description") if entry.get(name)} for entry in entries
                ]
