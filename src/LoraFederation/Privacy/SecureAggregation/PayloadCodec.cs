namespace LoraFederation.Privacy.SecureAggregation;

/// <summary>Payloads as one run of ring elements, tensor after tensor.</summary>
internal static class PayloadCodec
{
    public static ulong[] Encode(SecureRound round, IReadOnlyDictionary<string, double[]> tensors, string client)
    {
        if (tensors.Keys.FirstOrDefault(name => !round.Tensors.Any(tensor => string.Equals(tensor.Name, name, StringComparison.Ordinal))) is { } stranger)
        {
            throw new FederationException(FederationError.ShapeMismatch, $"The payload of '{client}' has '{stranger}', which the round '{round.SessionId}' has not.", client, stranger);
        }

        ulong[] elements = new ulong[round.Length];
        int start = 0;
        for (int i = 0; i < round.Tensors.Count; i++)
        {
            PayloadTensor tensor = round.Tensors[i];
            if (!tensors.TryGetValue(tensor.Name, out double[]? values) || values.Length != tensor.Length)
            {
                throw new FederationException(
                    FederationError.ShapeMismatch,
                    $"Tensor '{tensor.Name}' has {tensor.Length} elements in the round, {(values is null ? "none" : values.Length)} in the payload of '{client}'.",
                    client,
                    tensor.Name);
            }

            round.Encodings[i].Encode(values, elements.AsSpan(start, tensor.Length));
            start += tensor.Length;
        }

        return elements;
    }

    public static Dictionary<string, double[]> Decode(SecureRound round, ReadOnlySpan<ulong> elements)
    {
        Dictionary<string, double[]> tensors = new(StringComparer.Ordinal);
        int start = 0;
        for (int i = 0; i < round.Tensors.Count; i++)
        {
            double[] values = new double[round.Tensors[i].Length];
            round.Encodings[i].Decode(elements.Slice(start, values.Length), values);
            tensors.Add(round.Tensors[i].Name, values);
            start += values.Length;
        }

        return tensors;
    }
}
