using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>Producer ids from blocks that the controller gives out; an id is never given twice, those of a block that is lost never.</summary>
internal sealed class ProducerIds(GatewayServices services)
{
    private readonly Lock mutex = new();
    private long next;
    private long end;
    private Task<ErrorCode>? allocation;

    public async ValueTask<(ErrorCode Error, long ProducerId)> NextAsync()
    {
        while (true)
        {
            Task<ErrorCode> pending;
            lock (mutex)
            {
                if (next < end) return (ErrorCode.None, next++);
                pending = allocation ??= AllocateAsync();
            }

            var error = await pending;
            lock (mutex)
            {
                if (ReferenceEquals(allocation, pending)) allocation = null;
            }

            if (error != ErrorCode.None) return (error, -1);
        }
    }

    private async Task<ErrorCode> AllocateAsync()
    {
        await Task.Yield(); // the caller holds the lock
        if (!services.Metadata.Current.Brokers.TryGetValue(services.Self.Value, out var self)) return ErrorCode.CoordinatorLoadInProgress;
        var (error, response) = await services.Controller.SendAsync<AllocateProducerIdsResponse>(
            new AllocateProducerIdsRequest { BrokerId = services.Self.Value, BrokerEpoch = self.Epoch }, TimeSpan.FromSeconds(5));
        // "Loading" is what producers take for "try again".
        if (response is null || response.ErrorCode != (short)ErrorCode.None) return ErrorCode.CoordinatorLoadInProgress;
        lock (mutex) (next, end) = (response.ProducerIdStart, response.ProducerIdStart + response.ProducerIdLen);
        return error;
    }
}
