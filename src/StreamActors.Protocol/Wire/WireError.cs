namespace StreamActors.Protocol.Wire;

/// <summary>Why bytes are not the message that they should be. A closed set: whatever comes in, it is a message or one of these.</summary>
public enum WireError
{
    /// <summary>The frame ends within a value.</summary>
    Truncated,

    /// <summary>A length is negative where only -1, for null, could be.</summary>
    NegativeLength,

    /// <summary>A length or a count of elements is more than what is left of the frame can hold.</summary>
    LengthBeyondFrame,

    /// <summary>Null, where the field cannot be null.</summary>
    UnexpectedNull,

    /// <summary>A variable-length number goes on after all of its bits.</summary>
    VarintTooLong,

    /// <summary>A string of more than 32,767 bytes.</summary>
    StringTooLong,

    /// <summary>A tagged field is longer or shorter than it says.</summary>
    TaggedFieldSize,

    /// <summary>The message would take more memory than its bytes allow (<see cref="DecodeBudget"/>).</summary>
    TooManyElements,

    /// <summary>The message has no such version.</summary>
    UnknownVersion,

    /// <summary>There is no API of that number.</summary>
    UnknownApi,

    /// <summary>Bytes are left after the message.</summary>
    TrailingBytes,
}

/// <summary>The bytes are not a message; <see cref="Error"/> says why.</summary>
public sealed class WireFormatException(WireError error) : FormatException($"Malformed message: {error}")
{
    public WireError Error { get; } = error;
}

/// <summary>A field has a value that matters, but the version written has no place for it.</summary>
public sealed class UnsupportedFieldException(string message, string field, short version)
    : InvalidOperationException($"{message} version {version} has no field {field}, but it is set")
{
    /// <summary>The message, with the struct in it if the field is there: <c>FetchRequest.FetchTopic</c>.</summary>
    public string MessageName { get; } = message;

    public string Field { get; } = field;

    public short Version { get; } = version;

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    internal static void Throw(string message, string field, short version) => throw new UnsupportedFieldException(message, field, version);
}
