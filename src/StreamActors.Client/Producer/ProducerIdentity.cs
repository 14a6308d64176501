using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Producer;

/// <summary>The producer id that a broker gave; asked for when it is first needed, and when its epochs are used up somewhere.</summary>
internal sealed class ProducerIdentity(ClientCore core, Action changed)
{
    private sealed record Given(ProducerId Id, short Epoch);

    private volatile Given? given;
    private volatile bool isAsking;

    /// <summary>Why there will be none: the principal may not have one.</summary>
    public KafkaException? Refused { get; private set; }

    public (ProducerId Id, short Epoch)? Get(ProducerId? exhausted)
    {
        if (given is { } known && known.Id != exhausted) return (known.Id, known.Epoch);
        if (isAsking || Refused is not null) return null;
        isAsking = true;
        _ = AskAsync();
        return null;
    }

    private async Task AskAsync()
    {
        await Task.Yield(); // out of the accumulator's lock
        try
        {
            var response = await core.RetryAsync(InitAsync);
            given = new Given(new ProducerId(response.ProducerId), response.ProducerEpoch);
        }
        catch (KafkaException e)
        {
            // Batches have deadlines of their own: as long as there are some, it is asked for again.
            if (e.Kind != ErrorKind.Retriable) Refused = e;
        }

        isAsking = false;
        changed();
    }

    private async Task<InitProducerIdResponse> InitAsync()
    {
        var connection = await core.AnyAsync();
        var response = await connection.SendAsync<InitProducerIdResponse>(
            new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = int.MaxValue });
        KafkaException.ThrowIfError(response.ErrorCode, "No producer id");
        return response;
    }
}
