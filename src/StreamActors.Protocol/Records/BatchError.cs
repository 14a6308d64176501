namespace StreamActors.Protocol.Records;

/// <summary>Everything that can be wrong with record batches; closed, so that whoever answers to it can be complete.</summary>
public enum BatchError : byte
{
    None = 0,

    /// <summary>The bytes end before the batch does.</summary>
    Incomplete,

    /// <summary>The batch's length field is below what its header alone needs.</summary>
    LengthTooSmall,

    /// <summary>Message formats 0 and 1, which no current client writes.</summary>
    OldMagic,
    UnknownMagic,
    CrcMismatch,
    UnknownCodec,

    /// <summary>The compressed bytes are damaged, cut short, or in a framing that is not understood.</summary>
    BadCompression,

    /// <summary>The records would be larger, once decompressed, than the reader allows.</summary>
    TooLargeDecompressed,
    NegativeCount,

    /// <summary>The payload ends before the last record that the count announces.</summary>
    TooFewRecords,

    /// <summary>Bytes are left after the last record that the count announces.</summary>
    TooManyRecords,

    /// <summary>A length inside a record is impossible, or its fields do not fill it exactly.</summary>
    BadRecordFraming,
    NullHeaderKey,
}
