using ModelAggregation.Evaluation;
using ModelRuntime.Decoders;
using ModelRuntime.Generation;
using ModelRuntime.Tokenizers;

namespace ModelAggregation.Runtime;

/// <summary>Continues prompts with the likeliest token each time, and makes texts of the tokens.</summary>
internal sealed class GreedyDecoder(DecoderModel model, ITokenizer tokenizer)
{
    private readonly int[] _ends = [.. model.Config.EndTokens.Concat(new[] { tokenizer.EndToken }.OfType<int>()).Distinct()];

    /// <summary>Continues prompts that have the same settings.</summary>
    public Generation[] Continue(IReadOnlyList<ReadOnlyMemory<int>> prompts, GenerationRequest settings, CancellationToken cancellationToken)
    {
        int[] room = [.. prompts.Select(prompt => Math.Min(settings.MaxTokens, model.Config.ContextLength - prompt.Length))];
        GenerationOptions options = new()
        {
            // The longest of the batch; what goes beyond the room of another is cut off again.
            MaxNewTokens = room.Max(),
            EndTokens = _ends,
            EndsWhen = settings.Stops.Count == 0 ? null : said => Find(tokenizer.Decode(said), settings.Stops) >= 0,
        };
        IReadOnlyList<GeneratedSequence> sequences = TextGenerator.Generate(model, prompts, options, cancellationToken);
        return [.. sequences.Select((sequence, i) => Read(sequence, room[i], settings))];
    }

    private Generation Read(GeneratedSequence sequence, int room, GenerationRequest settings)
    {
        bool isCut = sequence.Tokens.Count > room;
        IReadOnlyList<int> tokens = isCut ? [.. sequence.Tokens.Take(room)] : sequence.Tokens;
        bool hasEnd = tokens.Count > 0 && _ends.Contains(tokens[^1]);
        string text = tokenizer.Decode(hasEnd ? [.. tokens.Take(tokens.Count - 1)] : tokens);
        int stop = Find(text, settings.Stops);
        return new Generation(stop < 0 ? text : text[..stop], hasEnd || stop >= 0 ? GenerationEnd.Stopped : GenerationEnd.Length);
    }

    private static int Find(string text, IReadOnlyList<string> stops)
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int place = text.IndexOf(stop, StringComparison.Ordinal);
            first = place >= 0 && (first < 0 || place < first) ? place : first;
        }

        return first;
    }
}
