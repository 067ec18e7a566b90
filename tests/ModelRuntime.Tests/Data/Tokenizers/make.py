"""Makes the tokenizers of this folder and the texts that reference.js encodes with Hugging Face's tokenizers."""
import json,random,os,collections
random.seed(7)
text = """The merged model answers each of the four tasks, and the harmful one is rejected before it's weighed.
Adapters of different ranks are stacked: nothing is lost, and nothing is averaged that wasn't meant to be.
Training examples have a value; some are useful, some redundant, and a few of them poison what they're in.
    for (int i = 0; i < 128; i++) { total += weights[i] * 0.25; } // 1024 of 4096
An exact engine is a small engine: we'll measure, then I'd say what it cost. Naïve café, Ünïcode, déjà vu.
Привет мир, ελληνικά, 你好世界, 日本語, 한국어, 🙂🚀
"""

def b2u():
    m={};n=0
    for b in range(256):
        if 33<=b<=126 or 161<=b<=172 or b>=174: m[b]=chr(b)
        else: m[b]=chr(256+n); n+=1
    return m
B=b2u()
def train(words,n):
    ws=[list(w) for w in words]; cnt=collections.Counter(tuple(w) for w in ws)
    merges=[]
    for _ in range(n):
        p=collections.Counter()
        for w,c in cnt.items():
            for a,b in zip(w,w[1:]): p[a,b]+=c
        if not p: break
        (a,b),_c=max(p.items(),key=lambda x:(x[1],x[0])); merges.append((a,b))
        new=collections.Counter()
        for w,c in cnt.items():
            o=[];i=0
            while i<len(w):
                if i+1<len(w) and w[i]==a and w[i+1]==b: o.append(a+b);i+=2
                else: o.append(w[i]);i+=1
            new[tuple(o)]+=c
        cnt=new
    return merges
import re
bw=[''.join(B[x] for x in w.encode()) for w in re.findall(r" ?\w+| ?[^\w\s]+|\s+",text)]
bm=train(bw,110)
bv={}
for b in sorted(B.values()): bv[b]=len(bv)
for a,b in bm: bv.setdefault(a+b,len(bv))
def added(i,c,**k): return dict(id=i,content=c,single_word=k.get('sw',False),lstrip=k.get('l',False),rstrip=k.get('r',False),normalized=k.get('n',False),special=k.get('s',True))
def doc(model,added=[],norm=None,pre=None,post=None,dec=None): return dict(version="1.0",truncation=None,padding=None,added_tokens=added,normalizer=norm,pre_tokenizer=pre,post_processor=post,decoder=dec,model=model)
def bpe(v,m,pairs=False,**k):
    d=dict(type="BPE",dropout=None,unk_token=None,continuing_subword_prefix=None,end_of_word_suffix=None,fuse_unk=False,byte_fallback=False,ignore_merges=False,vocab=v,merges=[list(x) for x in m] if pairs else [' '.join(x) for x in m]); d.update(k); return d
BL=lambda p,u: dict(type="ByteLevel",add_prefix_space=p,trim_offsets=True,use_regex=u)
def split(rx,b="Isolated",inv=False): return dict(type="Split",pattern={"Regex":rx},behavior=b,invert=inv)
L3=r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
Q2=L3.replace("{1,3}","")
CL=r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
O2=r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DS=[split(r"\p{N}{1,3}"),split("[一-龥぀-ゟ゠-ヿ]+"),split(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"),BL(False,False)]
N=len(bv)
tok=[added(N,"<|begin|>"),added(N+1,"<|end|>"),added(N+2,"<x>",l=True,r=True,s=False),added(N+3,"word",sw=True,s=False),added(N+4,"Naïve",n=True,s=False),added(N+5,"<|begin|>2")]
tmpl=dict(type="TemplateProcessing",single=[{"SpecialToken":{"id":"<|begin|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],pair=[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],special_tokens={"<|begin|>":{"id":"<|begin|>","ids":[N],"tokens":["<|begin|>"]}})
D={}
seq=lambda *x: dict(type="Sequence",pretokenizers=list(x))
D['gpt2']=doc(bpe(bv,bm),tok,None,BL(False,True),BL(True,True),BL(True,True))
D['gpt2prefix']=doc(bpe(bv,bm),tok,None,BL(True,True),dict(type="RobertaProcessing",sep=["<|end|>",N+1],cls=["<|begin|>",N],trim_offsets=True,add_prefix_space=True),BL(True,True))
D['llama3']=doc(bpe(bv,bm,True,ignore_merges=True),tok,None,seq(split(L3),BL(False,False)),dict(type="Sequence",processors=[BL(True,True),tmpl]),BL(True,True))
D['qwen2']=doc(bpe(bv,bm),tok,dict(type="NFC"),seq(split(Q2),BL(False,False)),BL(False,False),BL(False,False))
D['cl100k']=doc(bpe(bv,bm),tok,None,seq(split(CL,"Removed",True),BL(False,False)),BL(False,False),BL(False,False))
D['o200k']=doc(bpe(bv,bm),tok,None,seq(split(O2),BL(False,False)),BL(False,False),BL(False,False))
D['deepseek']=doc(bpe(bv,bm),tok,dict(type="Sequence",normalizers=[]),seq(*DS),BL(False,False),BL(False,False))
D['digits']=doc(bpe(bv,bm),tok,dict(type="NFD"),seq(dict(type="Digits",individual_digits=True),dict(type="Punctuation",behavior="Contiguous"),BL(False,True)),BL(False,False),BL(False,False))
for be in ["Removed","Isolated","MergedWithPrevious","MergedWithNext","Contiguous"]:
    D['split'+be]=doc(bpe(bv,bm),tok,dict(type="Lowercase"),seq(split(r"\p{P}|\s",be),BL(False,False)),None,BL(False,False))
# sentencepiece
sp={}
for t in ["<unk>","<s>","</s>"]: sp[t]=len(sp)
for b in range(256): sp["<0x%02X>"%b]=len(sp)
sm=train(["▁"+w for w in text.split()],90)
chars=sorted(set(text.replace(' ','▁')))
for c in chars: 
    if ord(c)<0x3000: sp.setdefault(c,len(sp))
sm=[(a,b) for a,b in sm if all(ord(c)<0x3000 for c in a+b)]
for a,b in sm: sp.setdefault(a+b,len(sp))
st=[added(0,"<unk>"),added(1,"<s>"),added(2,"</s>")]
stm=json.loads(json.dumps(tmpl).replace("<|begin|>","<s>").replace(str(N),"1"))
ld=dict(type="Sequence",decoders=[dict(type="Replace",pattern={"String":"▁"},content=" "),dict(type="ByteFallback"),dict(type="Fuse"),dict(type="Strip",content=" ",start=1,stop=0)])
D['llama2']=doc(bpe(sp,sm,unk_token="<unk>",fuse_unk=True,byte_fallback=True),st,dict(type="Sequence",normalizers=[dict(type="Prepend",prepend="▁"),dict(type="Replace",pattern={"String":" "},content="▁")]),None,stm,ld)
for i,(sch,sp_) in enumerate([("always",True),("first",False),("never",True),("first",True)]):
    ms=dict(type="Metaspace",replacement="▁",prepend_scheme=sch,split=sp_)
    D['meta%d'%i]=doc(bpe(sp,sm,unk_token="<unk>",fuse_unk=True,byte_fallback=True),st,None,ms,stm,dict(type="Sequence",decoders=[dict(type="ByteFallback"),ms]))
nb={k:v for k,v in sp.items() if not k.startswith('<0x')}; nb={k:i for i,k in enumerate(nb)}
for f in (True,False): D['unk%d'%f]=doc(bpe(nb,sm,unk_token="<unk>",fuse_unk=f),st,dict(type="NFD"),dict(type="Metaspace",replacement="▁",prepend_scheme="always",split=True),None,dict(type="Metaspace",replacement="▁",prepend_scheme="always",split=True))
# wordpiece
wv={t:i for i,t in enumerate(["[PAD]","[UNK]","[CLS]","[SEP]","[MASK]"])}
import unicodedata
low=''.join(c for c in unicodedata.normalize('NFD',text.lower()) if unicodedata.category(c)!='Mn')
for c in sorted(set(low+text)):
    if not c.isspace(): wv.setdefault(c,len(wv)); wv.setdefault('##'+c,len(wv))
words=collections.Counter(re.findall(r"\w+",low))
for w,_ in words.most_common(60):
    for k in range(2,len(w)+1):
        if random.random()<.4: wv.setdefault(w[:k],len(wv))
        if random.random()<.3: wv.setdefault('##'+w[k:],len(wv)) if w[k:] else None
wt=[added(i,t) for t,i in list(wv.items())[:5]]
wp=dict(type="WordPiece",unk_token="[UNK]",continuing_subword_prefix="##",max_input_chars_per_word=100,vocab=wv)
bt=dict(type="TemplateProcessing",single=[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],pair=[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":0}}],special_tokens={t:{"id":t,"ids":[i],"tokens":[t]} for t,i in (("[CLS]",2),("[SEP]",3))})
bn=lambda **k: dict(type="BertNormalizer",clean_text=True,handle_chinese_chars=True,strip_accents=None,lowercase=True)|k
D['bertuncased']=doc(wp,wt,bn(),dict(type="BertPreTokenizer"),bt,dict(type="WordPiece",prefix="##",cleanup=True))
D['bertcased']=doc(wp,wt,bn(lowercase=False),dict(type="BertPreTokenizer"),dict(type="BertProcessing",sep=["[SEP]",3],cls=["[CLS]",2]),dict(type="WordPiece",prefix="##",cleanup=False))
D['bertws']=doc(wp,wt,dict(type="Sequence",normalizers=[dict(type="NFD"),dict(type="StripAccents"),dict(type="Lowercase"),dict(type="Strip",strip_left=True,strip_right=True)]),dict(type="Whitespace"),None,None)
# suffix bpe
sx={};ew=train([w+'' for w in re.findall(r'[a-z]+',low)],0)
for c in "abcdefghijklmnopqrstuvwxyz": sx[c]=len(sx); sx[c+"</w>"]=len(sx)
xm=[("t","h"),("th","e</w>"),("a","n"),("an","d</w>"),("i","n"),("in","g</w>")]
for a,b in xm: sx.setdefault(a+b,len(sx))
sx["<unk>"]=len(sx)
D['suffix']=doc(bpe(sx,xm,unk_token="<unk>",end_of_word_suffix="</w>"),[added(len(sx)-1,"<unk>")],dict(type="Lowercase"),dict(type="WhitespaceSplit"),None,dict(type="BPEDecoder",suffix="</w>"))
for n in ['gpt2prefix', 'llama3', 'qwen2', 'cl100k', 'o200k', 'deepseek', 'digits', 'splitMergedWithPrevious', 'splitMergedWithNext', 'llama2', 'meta1', 'unk1', 'bertuncased', 'bertcased', 'bertws', 'suffix']:
    d=D[n]
    os.makedirs(n,exist_ok=True); json.dump(d,open(n+'/tokenizer.json','w'),ensure_ascii=False,separators=(',',':'))
pool=[" ","  ","\n","\r\n","\t","a","the","don't","I'LL","é","e\u0301","Å","Ñandú","ﬁ","ß","İ","ſ","Σ","ΑΣ","你","好","𠀀","𝒜","𝟙","🙂","👩‍👩‍👧","🇩🇪","½","Ⅷ","①","Ⓐ","🅰","1","23","4567","٣","!","?","...","—","«","$","€","^","_","`","~","\u00a0","\u200b","\u200d","\u2003","\u3000","\ufeff","\ufffd","\u0000","\u0007","\u00ad","\ue000","한","각","ᄀ","ᅡ","ᆨ","กำ","हिन्दी","ａ","<|begin|>","<|end|>","<x>","word","words","Naïve","<|begin|>2","<s>","</s>","<unk>","[CLS]","[MASK]","▁","Ġ","ing","and","model","\u0345\u0301","\u0f71\u0f72","\u1e9b\u0323","\u2126"]
texts=[l for l in text.split("\n") if l.strip()]+["","x"*150,"a"*110]
for i in range(70):
    texts.append(''.join(random.choice(pool)+random.choice(["",""," "]) for _ in range(random.randint(1,14))))
for i in range(40):
    texts.append(''.join(chr(random.choice([random.randint(1,0x250),random.randint(0x300,0x3000),random.randint(0x3000,0xd7ff),random.randint(0xe000,0xfffd),random.randint(0x10000,0x1ffff)])) for _ in range(random.randint(1,12))))
texts=[t for t in texts if all(unicodedata.category(c)!='Cn' for c in t)]+["tail   ","  lead","a  b   c"]
json.dump(texts,open('texts.json','w'),indent=0)
