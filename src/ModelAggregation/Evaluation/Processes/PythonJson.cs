namespace ModelAggregation.Evaluation.Processes;

/// <summary>Makes JSON of what Python's <c>json</c> writes: NaN and infinities, which JSON does not have, become empty texts.</summary>
internal static class PythonJson
{
    /// <summary>Overwrites the literals that stand outside of texts, in place.</summary>
    /// <param name="json">The content of a file.</param>
    /// <returns>The same array.</returns>
    public static byte[] Clean(byte[] json)
    {
        bool isText = false;
        for (int i = 0; i < json.Length; i++)
        {
            if (json[i] == (byte)'"')
            {
                isText = !isText;
            }
            else if (isText && json[i] == (byte)'\\')
            {
                // The next one is escaped, a quote too.
                i++;
            }
            else if (!isText && (Overwrite(json, i, "NaN"u8) || Overwrite(json, i, "-Infinity"u8) || Overwrite(json, i, "Infinity"u8)))
            {
                // Past the two quotes.
                i++;
            }
        }

        return json;
    }

    private static bool Overwrite(byte[] json, int start, ReadOnlySpan<byte> literal)
    {
        if (!json.AsSpan(start).StartsWith(literal))
        {
            return false;
        }

        // An empty text fits into three characters, null does not: neither is a number, and that is all that is asked of it.
        Span<byte> place = json.AsSpan(start, literal.Length);
        place.Fill((byte)' ');
        "\"\""u8.CopyTo(place);
        return true;
    }
}
