namespace StreamActors.Protocol.Generator.Schema;

/// <summary>What is wrong with a schema, and where. Lines and columns count from 0; <see cref="Offset"/> is into the file's text.</summary>
internal sealed record SchemaFault(FaultKind Kind, string Message, Place Place);

internal readonly record struct Place(int Line, int Column, int Offset, int Length);

/// <summary>The number is that of the diagnostic: SA0001 to SA0011.</summary>
internal enum FaultKind
{
    Syntax = 1,
    Indentation = 2,
    UnknownType = 3,
    Versions = 4,
    Name = 5,
    Tag = 6,
    Default = 7,
    Null = 8,
    Struct = 9,
    Key = 10,
    Taken = 11,
}
