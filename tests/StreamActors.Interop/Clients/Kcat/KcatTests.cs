using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Kcat;

/// <summary>Debian's kcat. It creates no topics, and its headers are those of a command, not of a record.</summary>
public sealed class KcatTests(BrokerProcess broker) : ClientContract(broker, new KcatClient(broker))
{
    protected override bool EachRecordHasItsOwnHeaders => false;

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public Task Reads_back_in_order_what_it_wrote(string codec) => ReadsBackWhatItWroteAsync(codec);

    [Fact]
    public Task Reads_back_what_it_wrote_idempotently() => ReadsBackWhatItWroteAsync("none", idempotent: true);

    [Fact]
    public override async Task An_invalid_topic_name_is_refused()
    {
        var refusal = await Client.DescribeAsync("no such/name");
        Assert.Equal(KcatClient.InvalidTopic, refusal?.Error);
    }
}
