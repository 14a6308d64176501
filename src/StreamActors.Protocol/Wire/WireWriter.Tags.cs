namespace StreamActors.Protocol.Wire;

public sealed partial class WireWriter
{
    /// <summary>
    /// The tagged fields of a struct while they are written: how many there are and how long each is is known afterwards,
    /// so a byte is left for it, and more are made in the rare case that one is not enough.
    /// </summary>
    internal struct TagSection
    {
        public int CountAt;
        public uint Count;
        public int SizeAt;
        public long InsertedBefore;
        public List<UnknownTaggedField>? Unknown;
        public int NextUnknown;
    }

    /// <summary>Begins the tagged fields of a struct; the unknown ones are put among the known by their tags.</summary>
    internal TagSection BeginTags(List<UnknownTaggedField>? unknown)
    {
        unknown = InOrder(unknown);
        if (!flexible) return default;
        WriteInt8(0);
        return new TagSection { CountAt = position - 1, Unknown = unknown };
    }

    internal void BeginTag(ref TagSection tags, uint tag)
    {
        WriteUnknown(ref tags, below: tag);
        WriteUnsignedVarint(tag);
        WriteInt8(0);
        tags.SizeAt = position - 1;
        tags.InsertedBefore = inserted;
        tags.Count++;
    }

    internal void EndTag(ref TagSection tags)
    {
        var size = position - tags.SizeAt - 1 + (inserted - tags.InsertedBefore);
        PatchVarint(tags.SizeAt, checked((uint)size));
    }

    internal void EndTags(ref TagSection tags)
    {
        if (!flexible) return;
        WriteUnknown(ref tags, below: uint.MaxValue);
        PatchVarint(tags.CountAt, tags.Count);
    }

    /// <summary>The tagged fields of a struct that knows none.</summary>
    internal void WriteUnknownTags(List<UnknownTaggedField>? unknown)
    {
        var ordered = InOrder(unknown);
        if (!flexible) return;
        WriteUnsignedVarint((uint)(ordered?.Count ?? 0));
        foreach (var field in Items(ordered)) WriteField(field);
    }

    private void WriteUnknown(ref TagSection tags, uint below)
    {
        if (tags.Unknown is not { } unknown) return;
        for (; tags.NextUnknown < unknown.Count; tags.NextUnknown++)
        {
            var field = unknown[tags.NextUnknown];
            if (field.Tag >= below && below != uint.MaxValue) return;
            WriteField(field);
            tags.Count++;
        }
    }

    private void WriteField(UnknownTaggedField field)
    {
        WriteUnsignedVarint(field.Tag);
        WriteUnsignedVarint((uint)field.Data.Length);
        WriteRaw(field.Data.Span);
    }

    private List<UnknownTaggedField>? InOrder(List<UnknownTaggedField>? unknown)
    {
        if (unknown is not { Count: > 0 }) return null;
        if (!flexible) throw new InvalidOperationException("The version written has no tagged fields, but there are unknown ones");
        for (var i = 1; i < unknown.Count; i++)
        {
            if (unknown[i - 1].Tag > unknown[i].Tag) return [.. unknown.OrderBy(field => field.Tag)];
        }

        return unknown;
    }

    /// <summary>Writes a number where one byte was left for it, and moves what follows if it takes more.</summary>
    private void PatchVarint(int at, uint value)
    {
        var more = Varint.Size(value) - 1;
        if (more > 0)
        {
            if (Room(more)) buffer.AsSpan(at + 1, position - at - 1).CopyTo(buffer.AsSpan(at + 1 + more));
            for (var i = 0; i < (inserts?.Count ?? 0); i++)
            {
                if (inserts![i].Position > at) inserts[i] = inserts[i] with { Position = inserts[i].Position + more };
            }

            position += more;
        }

        if (mode != Mode.Measuring) Varint.Write(buffer.AsSpan(at), value);
    }
}
