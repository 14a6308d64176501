using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>DescribeGroups (15) and ListGroups (16).</summary>
internal static class GroupQueries
{
    public const string ClassicType = "classic";

    // Older clients are told of a dead group instead.
    private const short GroupIdNotFoundSince = 6;

    public static DescribeGroupsResponse Describe(DescribeGroupsRequest request, short version, Func<string, Group?> find) => new()
    {
        Groups = request.Groups.ConvertAll(id => find(id) is not { } group ? Absent(id, version, $"Group {id} not found.")
            : group.Consumer is not null ? Absent(id, version, $"Group {id} is not a classic group.")
            : Describe(group.Members)),
    };

    /// <summary>What members subscribe to and were given is told of a stable group only: in any other it is about to change.</summary>
    private static DescribeGroupsResponse.DescribedGroup Describe(ClassicGroup group)
    {
        var isStable = group.State == GroupState.Stable;
        var described = new DescribeGroupsResponse.DescribedGroup
        {
            GroupId = group.Id,
            GroupState = group.State.ToString(),
            ProtocolType = group.ProtocolType ?? "",
            ProtocolData = isStable ? group.Protocol ?? "" : "",
        };
        foreach (var member in group.Members)
        {
            described.Members.Add(new DescribeGroupsResponse.DescribedGroupMember
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                MemberMetadata = isStable ? member.MetadataOf(group.Protocol) : ReadOnlyMemory<byte>.Empty,
                MemberAssignment = isStable ? member.Assignment : ReadOnlyMemory<byte>.Empty,
            });
        }

        return described;
    }

    private static DescribeGroupsResponse.DescribedGroup Absent(string id, short version, string message)
    {
        var described = new DescribeGroupsResponse.DescribedGroup { GroupId = id, GroupState = nameof(GroupState.Dead) };
        if (version < GroupIdNotFoundSince) return described;
        described.ErrorCode = (short)ErrorCode.GroupIdNotFound;
        described.ErrorMessage = message;
        return described;
    }

    public static ListGroupsResponse List(ListGroupsRequest request, IEnumerable<Group> groups)
    {
        var response = new ListGroupsResponse();
        foreach (var group in groups)
        {
            var (type, state) = group.Describe();
            if (!IsWanted(request.TypesFilter, type) || !IsWanted(request.StatesFilter, state)) continue;
            response.Groups.Add(new ListGroupsResponse.ListedGroup
            {
                GroupId = group.Id,
                ProtocolType = group.Consumer is null ? group.Members.ProtocolType ?? "" : ConsumerProtocol.Type,
                GroupState = state,
                GroupType = type,
            });
        }

        return response;
    }

    private static bool IsWanted(List<string> filter, string value) => filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
