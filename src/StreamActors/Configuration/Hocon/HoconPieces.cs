using System.Text;

namespace StreamActors.Configuration.Hocon;

/// <summary>The pieces of a value on one line, and what they are together.</summary>
internal static class HoconPieces
{
    public static string ReadUnquoted(HoconText text)
    {
        var result = new StringBuilder();
        while (!text.AtEnd)
        {
            // The sign of a number's exponent is the only place where text without quotes has a plus.
            var isExponentSign = text.Peek == '+' && result.Length > 1 && result[^1] is 'e' or 'E' && char.IsAsciiDigit(result[^2]);
            if (text.EndsUnquoted && !(isExponentSign && !text.StartsWith("+=")))
                break;
            result.Append(text.Next());
        }

        return result.ToString();
    }

    /// <exception cref="HoconException">An object or an array beside something else.</exception>
    public static HoconNode Join(List<HoconNode> pieces)
    {
        if (pieces[^1] is HoconBlankNode)
            pieces.RemoveAt(pieces.Count - 1);
        if (pieces.Count == 1)
            return pieces[0];

        var origin = pieces[0].Origin;
        var isObject = pieces.Exists(piece => piece is HoconObjectNode);
        var isArray = pieces.Exists(piece => piece is HoconArrayNode);
        if (!isObject && !isArray)
            return pieces.TrueForAll(piece => piece is HoconScalarNode or HoconBlankNode) ? Text(origin, pieces) : new HoconConcatenationNode(origin, pieces);

        pieces.RemoveAll(piece => piece is HoconBlankNode);
        var stranger = pieces.Find(piece => piece is HoconScalarNode || (isObject && piece is HoconArrayNode));
        if (stranger is not null)
            throw new HoconException(stranger.Origin, $"{(isObject ? "an object" : "an array")} cannot be joined to {(stranger is HoconArrayNode ? "an array" : "text")}");
        return isObject ? new HoconMergeNode(origin, pieces) : new HoconConcatenationNode(origin, pieces);
    }

    private static HoconScalarNode Text(HoconOrigin origin, List<HoconNode> pieces)
    {
        var text = string.Concat(pieces.Select(piece => piece is HoconScalarNode scalar ? scalar.Value.Text : ((HoconBlankNode)piece).Text));
        return new HoconScalarNode(new HoconScalar(origin, text, isQuoted: true));
    }
}
