using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Admin;

/// <summary>The broker that coordinates a group.</summary>
internal readonly record struct GroupCoordinator(BrokerId Broker, KafkaClientConnection Connection)
{
    public static async Task<GroupCoordinator> FindAsync(ClientCore core, string group)
    {
        var any = await core.AnyAsync();
        var request = new FindCoordinatorRequest();
        if (any.Versions.Pick(ApiKey.FindCoordinator) >= 4) request.CoordinatorKeys = [group];
        else request.Key = group;
        var response = await any.SendAsync<FindCoordinatorResponse>(request);
        var (error, message, node, address) = response.Coordinators is [var first, ..]
            ? (first.ErrorCode, first.ErrorMessage, first.NodeId, new BrokerAddress(first.Host, first.Port))
            : (response.ErrorCode, response.ErrorMessage, response.NodeId, new BrokerAddress(response.Host, response.Port));
        KafkaException.ThrowIfError(error, $"Group '{group}' has no coordinator", message);
        return new GroupCoordinator(new BrokerId(node), await core.Pool.GetAsync(address));
    }
}
