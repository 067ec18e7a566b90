namespace ModelRuntime.Tokenizers.Parts;

/// <summary>Makes tokens of pieces of text. Safe to use from several threads.</summary>
internal interface ITokenModel
{
    /// <summary>Adds the tokens of a piece.</summary>
    void Encode(string piece, List<int> tokens);
}
