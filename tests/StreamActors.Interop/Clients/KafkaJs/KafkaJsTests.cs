using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.KafkaJs;

/// <summary>kafkajs on Node.js, with its codecs plugged in.</summary>
public sealed class KafkaJsTests(BrokerProcess broker)
    : ClientContract(broker, new ScriptClient(broker, "node", Path.Combine(Places.Clients, "KafkaJs", "client.mjs")))
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

    [Fact]
    public Task Three_members_share_a_group_under_load_while_others_leave_and_die() => SharesAGroupThatMembersLeaveAndDieInAsync(isExact: false);
}
