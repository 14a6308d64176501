using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Platformatic;

/// <summary>@platformatic/kafka on Node.js; zstd is left out because Node.js 20 has none.</summary>
public sealed class PlatformaticTests(BrokerProcess broker)
    : ClientContract(broker, new ScriptClient(broker, "node", Path.Combine(Places.Clients, "Platformatic", "client.mjs")))
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    public Task Reads_back_in_order_what_it_wrote(string codec) => ReadsBackWhatItWroteAsync(codec);

    [Fact]
    public Task Reads_back_what_it_wrote_idempotently() => ReadsBackWhatItWroteAsync("none", idempotent: true);

    protected override void AssertMissing(Refusal? refusal) => Assert.StartsWith("Unknown topic", refusal?.Message);
}
