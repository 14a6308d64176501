using System.Collections.Generic;

namespace StreamActors.Protocol.Generator.Schema;

internal readonly record struct Token(string Text, bool IsQuoted, Place Place);

/// <summary>A line with something on it: its indentation in spaces and its words. A comment begins with # and ends with the line.</summary>
internal sealed class Line(int indent, List<Token> tokens)
{
    public int Indent { get; } = indent;

    public List<Token> Tokens { get; } = tokens;

    public Place Place => Tokens[0].Place;

    public static List<Line> Split(string text, List<SchemaFault> faults)
    {
        var lines = new List<Line>();
        var number = 0;
        for (var start = 0; start <= text.Length; number++)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0) end = text.Length;
            var tokens = Words(text, start, end, number, faults);
            if (tokens.Count > 0) lines.Add(new Line(tokens[0].Place.Column, tokens));
            start = end + 1;
        }

        return lines;
    }

    private static List<Token> Words(string text, int start, int end, int line, List<SchemaFault> faults)
    {
        var tokens = new List<Token>();
        for (var at = start; at < end;)
        {
            var c = text[at];
            if (c == '#') break;
            if (c == '\t') faults.Add(new SchemaFault(FaultKind.Indentation, "A tab; indent and align with spaces", new Place(line, at - start, at, 1)));
            if (char.IsWhiteSpace(c))
            {
                at++;
                continue;
            }

            var from = at;
            if (c == '"')
            {
                at = text.IndexOf('"', at + 1, end - at - 1);
                var place = new Place(line, from - start, from, (at < 0 ? end : at + 1) - from);
                if (at < 0)
                {
                    faults.Add(new SchemaFault(FaultKind.Syntax, "The quote is not closed", place));
                    break;
                }

                tokens.Add(new Token(text.Substring(from + 1, at - from - 1), true, place));
                at++;
                continue;
            }

            while (at < end && !char.IsWhiteSpace(text[at]) && text[at] != '#') at++;
            tokens.Add(new Token(text.Substring(from, at - from), false, new Place(line, from - start, from, at - from)));
        }

        return tokens;
    }
}
