using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>Answers of JoinGroup and SyncGroup.</summary>
internal static class GroupResponses
{
    public static JoinGroupResponse JoinError(ErrorCode error, string memberId) => new() { ErrorCode = (short)error, MemberId = memberId };

    /// <summary>A generation as one member hears of it: its leader hears of all members and what they offer.</summary>
    public static JoinGroupResponse Joined(ClassicGroup group, GroupMember member, bool withMembers)
    {
        var response = new JoinGroupResponse
        {
            GenerationId = group.Generation,
            ProtocolType = group.ProtocolType,
            ProtocolName = group.Protocol ?? "",
            Leader = group.Leader ?? "",
            MemberId = member.MemberId,
        };
        if (!withMembers) return response;
        foreach (var each in group.Members)
        {
            response.Members.Add(new JoinGroupResponse.JoinGroupResponseMember
            {
                MemberId = each.MemberId,
                GroupInstanceId = each.InstanceId,
                Metadata = each.MetadataOf(group.Protocol),
            });
        }

        return response;
    }

    public static SyncGroupResponse SyncError(ErrorCode error) => new() { ErrorCode = (short)error };

    public static SyncGroupResponse Synced(ClassicGroup group, GroupMember member) => new()
    {
        ProtocolType = group.ProtocolType,
        ProtocolName = group.Protocol,
        Assignment = member.Assignment,
    };
}
