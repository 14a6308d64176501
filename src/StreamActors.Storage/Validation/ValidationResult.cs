using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Storage.Validation;

/// <summary>A record that was refused, by its place in the batch.</summary>
public readonly record struct RecordError(int BatchIndex, string Message);

/// <summary>What there is to know of a batch that was found good.</summary>
public readonly record struct ValidatedBatches(
    int Records, long ProducerId, short ProducerEpoch, int BaseSequence, bool IsTransactional, long MaxTimestamp);

/// <summary>
/// What became of the records of a client: refused, or good and ready to be appended. Good ones may have been rewritten into a pooled
/// buffer, which lives until this is disposed: after the append.
/// </summary>
public sealed class ValidationResult : IDisposable
{
    private readonly IDisposable? owner;

    private ValidationResult(ErrorCode error, string? message, ImmutableArray<RecordError> recordErrors)
    {
        Error = error;
        Message = message;
        RecordErrors = recordErrors;
    }

    private ValidationResult(Memory<byte> records, ValidatedBatches info, IDisposable? owner)
    {
        Records = records;
        Info = info;
        RecordErrors = [];
        this.owner = owner;
    }

    public ErrorCode Error { get; }

    /// <summary>The error in words.</summary>
    public string? Message { get; }

    /// <summary>The records that are to blame, where it is single ones.</summary>
    public ImmutableArray<RecordError> RecordErrors { get; }

    /// <summary>The batch to append: where it came from, or rewritten.</summary>
    public Memory<byte> Records { get; }

    public ValidatedBatches Info { get; }

    public bool IsRewritten => owner is not null;

    public void Dispose() => owner?.Dispose();

    internal static ValidationResult Refused(ErrorCode error, string message, ImmutableArray<RecordError> recordErrors = default) =>
        new(error, message, recordErrors.IsDefault ? [] : recordErrors);

    internal static ValidationResult Good(Memory<byte> records, ValidatedBatches info, IDisposable? owner = null) => new(records, info, owner);
}
