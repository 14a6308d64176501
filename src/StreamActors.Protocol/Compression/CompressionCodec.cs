namespace StreamActors.Protocol.Compression;

/// <summary>How a batch's records are compressed; the numbers are on disk and on the wire.</summary>
public enum CompressionCodec : byte
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Why bytes could not be decompressed.</summary>
public enum DecompressError : byte
{
    None = 0,
    UnknownCodec,

    /// <summary>The bytes are not what the codec writes, are cut short, or a checksum is wrong.</summary>
    Corrupt,

    /// <summary>A framing that brokers and consumers do not understand.</summary>
    Unsupported,

    /// <summary>There is more output than the caller allows.</summary>
    TooLarge,
}
