using ModelAggregation.Merging.Recipes;
using ModelTensors.Tokenizers;

namespace ModelAggregation.Merging.Planning;

/// <summary>The output's tokens: those of one model with their numbers, then new ones.</summary>
internal sealed class OutputVocabulary
{
    private const int NamedTokens = 3;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    private OutputVocabulary(ModelVocabulary source)
    {
        Source = source;
        Tokens = [.. source.Vocabulary.Tokens];
        for (int id = 0; id < Tokens.Count; id++)
        {
            if (Tokens[id] is { } token)
            {
                _ids[token] = id;
            }
        }
    }

    /// <summary>Gets the model whose tokens keep their numbers: tokenizer files, templates and special tokens speak of them.</summary>
    public ModelVocabulary Source { get; }

    public List<string?> Tokens { get; }

    public List<NewToken> New { get; } = [];

    /// <summary>Makes the vocabulary.</summary>
    public static OutputVocabulary Create(MergeTokenizer tokenizer, ModelVocabulary source, IReadOnlyList<ModelVocabulary> models, PlanFindings findings)
    {
        OutputVocabulary output = new(source);
        if (string.Equals(tokenizer.Source, MergeTokenizer.Union, StringComparison.Ordinal))
        {
            HashSet<string> added = [.. models.SelectMany(model => model.Vocabulary.AddedTokens.Values).Select(token => token.Content)];
            foreach (ModelVocabulary model in models.Where(model => model != source))
            {
                output.AddOrdinary(model, added, findings);
            }

            foreach ((_, AddedToken token) in models.Where(model => model != source).SelectMany(model => model.Vocabulary.AddedTokens))
            {
                output.Add(token.Content, token, score: null);
            }
        }

        foreach (MergeToken token in tokenizer.Tokens)
        {
            output.Add(token.Token, new AddedToken(token.Token), score: null);
        }

        int ordinary = output.New.Count(token => token.Added is null);
        if (ordinary > 0 && source.Vocabulary.Kind == VocabularyKind.BytePair)
        {
            findings.Warn(
                $"{ordinary} ordinary tokens of other models are added to the vocabulary of '{source.Model.Reference}' to be decoded; its merges never make them from text.");
        }

        return output;
    }

    /// <summary>Finds a token's number.</summary>
    public int? Find(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    private void AddOrdinary(ModelVocabulary model, HashSet<string> added, PlanFindings findings)
    {
        Vocabulary vocabulary = model.Vocabulary;
        List<string> others = [];
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Tokens[id] is { } token && !added.Contains(token) && Add(token, added: null, vocabulary.Score(id)))
            {
                others.Add(token);
            }
        }

        Vocabulary own = Source.Vocabulary;
        if (others.Count > 0 && (vocabulary.Kind != own.Kind || vocabulary.IsByteLevel != own.IsByteLevel))
        {
            string named = string.Join(", ", others.Take(NamedTokens).Select(token => $"'{token}'"));
            findings.Add(
                PlanProblemKind.Tokenizer,
                $"Model '{model.Model.Reference}' has {others.Count} ordinary tokens that '{Source.Model.Reference}' lacks, such as {named}, and cuts text in another way "
                + $"({Describe(vocabulary)}, not {Describe(own)}): no tokenizer does both. Take one model's vocabulary, such as 'tokenizer_source: base'.",
                model.Model.Reference);
        }
    }

    private bool Add(string token, AddedToken? added, double? score)
    {
        if (!_ids.TryAdd(token, Tokens.Count))
        {
            return false;
        }

        New.Add(new NewToken(token, Tokens.Count, added, score));
        Tokens.Add(token);
        return true;
    }

    private static string Describe(Vocabulary vocabulary) => $"{vocabulary.Kind}{(vocabulary.IsByteLevel ? " over bytes" : string.Empty)} of {vocabulary.FileName}";
}
