using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace ModelTensors.Tokenizers;

/// <summary>The tokens of a tokenizer with their numbers, which are the rows of a model's embedding.</summary>
public sealed class Vocabulary
{
    /// <summary>The largest number of a token that is read, 4,194,303: models have some hundred thousand.</summary>
    public const int LargestId = (1 << 22) - 1;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, AddedToken> _added = [];
    private readonly Dictionary<int, double> _scores = [];
    private readonly List<string?> _tokens = [];
    private readonly string _path;

    internal Vocabulary(string path, VocabularyKind kind, bool isByteLevel)
    {
        _path = path;
        Kind = kind;
        IsByteLevel = isByteLevel;
    }

    /// <summary>Gets the name of the file that the ordinary tokens come from.</summary>
    public string FileName => Path.GetFileName(_path);

    /// <summary>Gets what the ordinary tokens belong to.</summary>
    public VocabularyKind Kind { get; }

    /// <summary>Gets whether ordinary tokens are spelled in bytes, one letter for each, as GPT-2 and Llama 3 have it.</summary>
    public bool IsByteLevel { get; }

    /// <summary>Gets the tokens by number; null where a number has no token.</summary>
    public IReadOnlyList<string?> Tokens => _tokens;

    /// <summary>Gets the added tokens by number, in ascending order.</summary>
    public IReadOnlyDictionary<int, AddedToken> AddedTokens => _added;

    /// <summary>Gets the number of tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>Finds a token's number.</summary>
    /// <param name="token">The token, spelled as in the file.</param>
    /// <param name="id">The number.</param>
    /// <returns>Whether the vocabulary has the token.</returns>
    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    /// <summary>Returns a token's score, or null for tokens without one.</summary>
    /// <param name="id">The token's number.</param>
    public double? Score(int id) => _scores.TryGetValue(id, out double score) ? score : null;

    /// <summary>Computes a SHA-256 in lower-case hexadecimal over all tokens with their numbers and all added tokens.</summary>
    public string Hash()
    {
        StringBuilder text = new();
        text.Append(Kind).Append(IsByteLevel).Append('\n');
        foreach (string? token in _tokens)
        {
            text.Append(token?.Length ?? -1).Append(':').Append(token).Append('\n');
        }

        foreach ((int id, AddedToken token) in _added)
        {
            text.Append(id).Append(token).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Reads the vocabulary of a folder, from the first of <c>tokenizer.json</c>, <c>vocab.json</c>, <c>vocab.txt</c> and <c>tokenizer.model</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The vocabulary, or null when the folder has no such file.</returns>
    /// <exception cref="Checkpoints.CheckpointException">A file is not what it should be (<see cref="Checkpoints.CheckpointError.TokenizerInvalid"/>).</exception>
    public static Vocabulary? TryRead(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return VocabularyFiles.TryRead(folder);
    }

    /// <summary>Reads the vocabulary of a <c>tokenizer.json</c> that has been read already.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">Where it comes from, for errors.</param>
    /// <exception cref="Checkpoints.CheckpointException">It is not what it should be (<see cref="Checkpoints.CheckpointError.TokenizerInvalid"/>).</exception>
    public static Vocabulary Read(System.Text.Json.Nodes.JsonObject document, string path)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentException.ThrowIfNullOrEmpty(path);
        return VocabularyFiles.Read(document, path);
    }

    internal void Add(string? token, long id, double? score = null)
    {
        Check(token, id);
        if (_ids.TryGetValue(token, out int known))
        {
            throw known == id ? Fail($"has token '{token}' twice") : Fail($"gives token '{token}' the numbers {known} and {id}");
        }

        if (id < _tokens.Count && _tokens[(int)id] is { } other)
        {
            throw Fail($"gives number {id} to '{other}' and to '{token}'");
        }

        Place(token, (int)id);
        if (score is { } value)
        {
            // JSON has no way to write the others; a number that is too large reads as infinite.
            _scores.Add((int)id, double.IsFinite(value) ? value : throw Fail($"gives token '{token}' a score that is not finite"));
        }
    }

    // An added token is usually not among the ordinary ones, may be one of them, and may take the place of one: it is found in the text first.
    internal void Add(AddedToken token, long id)
    {
        Check(token.Content, id);
        if (_ids.TryGetValue(token.Content, out int known) && known != id)
        {
            throw Fail($"gives token '{token.Content}' the numbers {known} and {id}");
        }

        if (_added.TryGetValue((int)id, out AddedToken? other) && !string.Equals(other.Content, token.Content, StringComparison.Ordinal))
        {
            throw Fail($"gives number {id} to the added tokens '{other.Content}' and '{token.Content}'");
        }

        Place(token.Content, (int)id);
        _added[(int)id] = token;
    }

    private void Check([NotNull] string? token, long id)
    {
        if (token is null)
        {
            throw Fail($"has no text for number {id}");
        }

        if (id is < 0 or > LargestId)
        {
            throw Fail($"gives token '{token}' the number {id}; numbers are from 0 to {LargestId}");
        }
    }

    private void Place(string token, int id)
    {
        while (_tokens.Count <= id)
        {
            _tokens.Add(null);
        }

        _tokens[id] = token;
        _ids[token] = id;
    }

    private Checkpoints.CheckpointException Fail(string what) =>
        new(Checkpoints.CheckpointError.TokenizerInvalid, $"'{_path}' {what}.", _path);
}
