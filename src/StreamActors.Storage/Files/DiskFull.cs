namespace StreamActors.Storage.Files;

/// <summary>
/// Tells a disk that is full from one that fails. A full one has refused a write and is otherwise well: what was written of it is taken back,
/// and all goes on when there is room. After any other failure nobody knows what the disk holds.
/// </summary>
public static class DiskFull
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public const string Message = "No space left on the disk";

    public static bool IsCause(IOException failure) => failure.HResult is NoSpaceLeft or QuotaExceeded or WindowsDiskFull;

    /// <summary>What a disk throws that is full.</summary>
    public static IOException Failure() => new(Message, NoSpaceLeft);
}
