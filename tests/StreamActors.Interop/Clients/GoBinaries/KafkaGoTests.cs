using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.GoBinaries;

public sealed class KafkaGoTests(BrokerProcess broker) : IClassFixture<BrokerProcess>
{
    [SharedTheory("clients")]
    [InlineData("topics")]
    [InlineData("codec none")]
    [InlineData("codec gzip")]
    [InlineData("codec snappy")]
    [InlineData("codec lz4")]
    [InlineData("codec zstd")]
    [InlineData("acks 0")]
    [InlineData("acks 1")]
    [InlineData("acks all")]
    [InlineData("stdin")]
    [InlineData("keys")]
    [InlineData("from end")]
    [InlineData("resume range")]
    [InlineData("resume roundrobin")]
    [InlineData("rebalance range")]
    [InlineData("rebalance roundrobin")]
    [InlineData("demo")]
    public Task Passes_the_check_of(string behaviour) => GoBinariesChecks.PassesAsync(broker, $"kafka-go {behaviour}");
}
