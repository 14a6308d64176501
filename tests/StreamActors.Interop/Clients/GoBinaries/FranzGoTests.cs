using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.GoBinaries;

public sealed class FranzGoTests(BrokerProcess broker) : IClassFixture<BrokerProcess>
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
    [InlineData("idempotent")]
    [InlineData("resume range")]
    [InlineData("resume roundrobin")]
    [InlineData("resume sticky")]
    [InlineData("resume cooperative-sticky")]
    [InlineData("rebalance range")]
    [InlineData("rebalance roundrobin")]
    [InlineData("rebalance sticky")]
    [InlineData("rebalance cooperative-sticky")]
    [InlineData("resume consumer range")]
    [InlineData("resume consumer sticky")]
    [InlineData("rebalance consumer range")]
    [InlineData("rebalance consumer sticky")]
    [InlineData("transactions", Skip = "not in the broker yet: transactions (KIP-98)")]
    [InlineData("share", Skip = "not in the broker yet: share groups (KIP-932)")]
    public Task Passes_the_check_of(string behaviour) => GoBinariesChecks.PassesAsync(broker, $"franz-go {behaviour}");
}
