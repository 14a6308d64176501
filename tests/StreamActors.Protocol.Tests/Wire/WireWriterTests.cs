using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Tests.Wire;

public sealed class WireWriterTests
{
    [Fact]
    public void A_value_that_the_version_has_no_place_for_is_an_error()
    {
        var request = new FetchRequest { ReplicaId = 3 };
        var refused = Assert.Throws<UnsupportedFieldException>(() => WireWriter.ToArray(request, 15));
        Assert.Equal(("FetchRequest", "ReplicaId", (short)15), (refused.MessageName, refused.Field, refused.Version));
        request.ReplicaId = -1;
        WireWriter.ToArray(request, 15);

        var nested = new FetchRequest { Topics = [new() { Partitions = [new() { LastFetchedEpoch = 7 }] }] };
        Assert.Equal("FetchRequest.FetchPartition", Assert.Throws<UnsupportedFieldException>(() => WireWriter.ToArray(nested, 11)).MessageName);
        Assert.Equal("ReplicaState", Assert.Throws<UnsupportedFieldException>(() => WireWriter.ToArray(new FetchRequest { ReplicaState = { ReplicaId = 1 } }, 14)).Field);
    }

    [Fact]
    public void A_value_that_may_be_ignored_is_left_out()
    {
        var request = new FetchRequest { ClusterId = "c", SessionId = 4 };
        Assert.Equal(WireWriter.ToArray(new FetchRequest(), 4), WireWriter.ToArray(request, 4));
    }

    [Fact]
    public void Null_where_the_version_has_no_null_is_an_error()
    {
        Assert.Throws<InvalidOperationException>(() => WireWriter.ToArray(new MetadataRequest { Topics = null }, 0));
        Assert.Throws<InvalidOperationException>(() => WireWriter.ToArray(new SyncGroupRequest { GroupId = null! }, 0));
        WireWriter.ToArray(new MetadataRequest { Topics = null }, 1);
    }

    [Fact]
    public void A_version_that_does_not_exist_is_an_error()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WireWriter.ToArray(new FetchRequest(), 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => WireWriter.ToArray(new FetchRequest(), 19));
    }

    [Fact]
    public void A_string_of_more_than_32767_bytes_is_an_error()
    {
        WireWriter.ToArray(new SyncGroupRequest { GroupId = new('x', 32767) }, 5);
        Assert.Throws<ArgumentException>(() => WireWriter.ToArray(new SyncGroupRequest { GroupId = new('x', 32768) }, 5));
    }

    [Fact]
    public void Unknown_tagged_fields_go_among_the_known_by_their_tags()
    {
        // The known tags of FetchRequest are 0 and 1.
        var request = new FetchRequest { ClusterId = "c", ReplicaState = { ReplicaId = 1 } };
        request.UnknownTaggedFields = [new(9, new byte[200]), new(2, new byte[] { 5 })];
        var bytes = WireWriter.ToArray(request, 15);
        var reader = new WireReader(bytes);
        var read = FetchRequest.Read(ref reader, 15);
        reader.ExpectEnd();
        Assert.Equal([2u, 9u], read.UnknownTaggedFields!.Select(field => field.Tag));
        Assert.Equal(bytes, WireWriter.ToArray(read, 15));
        Assert.Throws<InvalidOperationException>(() => WireWriter.ToArray(request, 11));
    }

    [Fact]
    public void A_tag_that_a_later_version_knows_is_kept_by_the_earlier()
    {
        var bytes = WireWriter.ToArray(new FetchRequest { ReplicaState = { ReplicaId = 1 } }, 15);
        // Version 12 differs in the replica id in front.
        var reader = new WireReader((byte[])[255, 255, 255, 255, .. bytes]);
        var read = FetchRequest.Read(ref reader, 12);
        Assert.Equal(1u, Assert.Single(read.UnknownTaggedFields!).Tag);
        Assert.Equal([255, 255, 255, 255, .. bytes], WireWriter.ToArray(read, 12));
    }

    [Fact]
    public void Long_tagged_fields_make_room_for_their_length()
    {
        foreach (var length in new[] { 100, 126, 127, 128, 20_000 })
        {
            var request = new FetchRequest { ClusterId = new string('c', length), RackId = "r" };
            var bytes = WireWriter.ToArray(request, 12);
            Assert.Equal(bytes.Length, request.Size(12));
            var reader = new WireReader(bytes);
            Assert.Equal(request.ClusterId, FetchRequest.Read(ref reader, 12).ClusterId);
            reader.ExpectEnd();
        }
    }

    [Fact]
    public void Writes_into_a_given_array_of_the_exact_size()
    {
        var request = new MetadataRequest { Topics = [new() { Name = "topic" }] };
        var exact = new byte[request.Size(12)];
        using (var writer = new WireWriter(exact)) request.Write(writer, 12);
        Assert.Equal(WireWriter.ToArray(request, 12), exact);
        using var small = new WireWriter(new byte[exact.Length - 1]);
        Assert.Throws<InvalidOperationException>(() => request.Write(small, 12));
    }

    [Fact]
    public void Text_that_is_not_UTF_8_is_replaced_as_Kafka_does()
    {
        var reader = new WireReader(new byte[] { 0, 18, 0, 2, 0, 0, 0, 7, 0, 3, (byte)'a', 0xE4, (byte)'b' });
        Assert.Equal("a\uFFFDb", FrameHeaders.ReadRequestHeader(ref reader).ClientId);
    }
}
