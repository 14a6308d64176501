using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Confluent;

/// <summary>The .NET client that most use, in this process.</summary>
public sealed class ConfluentTests(BrokerProcess broker) : ClientContract(broker, new ConfluentClient(broker))
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public Task Reads_back_in_order_what_it_wrote(string codec) => ReadsBackWhatItWroteAsync(codec);

    [Fact]
    public Task Reads_back_what_it_wrote_idempotently() => ReadsBackWhatItWroteAsync("none", idempotent: true);
}

/// <summary>The same client, with groups of the new protocol (KIP-848).</summary>
public sealed class ConfluentConsumerProtocolTests(BrokerProcess broker) : ClientContract(broker, new ConfluentClient(broker, global::Confluent.Kafka.GroupProtocol.Consumer));
