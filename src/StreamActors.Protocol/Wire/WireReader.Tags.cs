namespace StreamActors.Protocol.Wire;

public ref partial struct WireReader
{
    /// <summary>How many tagged fields follow; 0 where the version has none.</summary>
    internal uint ReadTagCount()
    {
        if (!flexible) return 0;
        var count = ReadUnsignedVarint();
        if (count > Remaining / 2) Throw(WireError.LengthBeyondFrame);
        return count;
    }

    /// <summary>The tag of the next tagged field, and the position behind its value.</summary>
    internal uint BeginTag(out int end)
    {
        var tag = ReadUnsignedVarint();
        var size = ReadUnsignedVarint();
        if (size > Remaining) Throw(WireError.LengthBeyondFrame);
        end = position + (int)size;
        return tag;
    }

    internal readonly void EndTag(int end)
    {
        if (position != end) Throw(WireError.TaggedFieldSize);
    }

    /// <summary>Keeps a field that nobody knows, so that it can be written again.</summary>
    internal List<UnknownTaggedField> KeepTag(List<UnknownTaggedField>? kept, uint tag, int end)
    {
        Charge(DecodeBudget.TaggedField);
        kept ??= new List<UnknownTaggedField>(1);
        kept.Add(new UnknownTaggedField(tag, Slice(end - position)));
        return kept;
    }

    /// <summary>The tagged fields of a struct that knows none; null where there are none.</summary>
    internal List<UnknownTaggedField>? ReadUnknownTags()
    {
        List<UnknownTaggedField>? kept = null;
        for (var tags = ReadTagCount(); tags > 0; tags--)
        {
            var tag = BeginTag(out var end);
            kept = KeepTag(kept, tag, end);
        }

        return kept;
    }
}
