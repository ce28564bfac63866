import{m as F,a as f,j as n,t as u,B as x,D,i as b,b as X,d as Q,e as de,F as N,S as Y,v as me,h as S,W as R,E as U,u as Z,s as C,o as pe,f as ue}from"./studio-BiKArUk1.js";import{T as he}from"./Tabs-L-agaE-_.js";import{w as ee}from"./models-THOp7NrE.js";import{w as I}from"./amounts-BGXokOKt.js";import{C as H}from"./Card-Dg4-N_MJ.js";import{M as ne}from"./Meter-DdnetnF5.js";import{C as te}from"./copy-BzOL75rA.js";import{P as fe}from"./plus-CqnVD6HI.js";import{m as xe}from"./answers-DCCsBbHF.js";import{c as ge}from"./kinds-f-wneMiz.js";const P=["read","generate","files","train","admin"],ye=e=>F("/v1/anew/keys",{signal:e}),_e=e=>F("/v1/anew/keys",{method:"POST",body:e}),je=e=>F(`/v1/anew/keys/${encodeURIComponent(e)}`,{method:"DELETE"});function V({one:e,mine:t,onChanged:a}){const s=u.connect,[r,c]=f.useState(!1),[d,p]=f.useState(!1),[o,i]=f.useState(null),g=e.tokens_today??0,h=()=>{p(!0),i(null),je(e.id).then(()=>{p(!1),c(!1),X(s.takenBack(e.name)),a()},j=>{p(!1),i(Q(j))})};return n.jsxs("li",{children:[n.jsxs("div",{className:"connect-key",children:[n.jsxs("h3",{children:[e.name," ",t&&n.jsx("span",{className:"connect-tag",children:s.thisTab}),e.state!=="active"&&n.jsx("span",{className:"connect-tag",children:s.states[e.state]})]}),n.jsx("p",{className:"soft small",children:[e.scopes.join(", "),...e.tenant===e.name?[]:[s.tenantOf(e.tenant)],s.made(I(e.created_at)),...e.revoked_at===null?[]:[s.revoked(I(e.revoked_at))],...e.revoked_at!==null||e.expires_at===null?[]:[s.expires(I(e.expires_at))],...e.requests_per_minute===null?[]:[s.perMinute(e.requests_per_minute)]].join(" · ")}),e.state==="active"&&(e.tokens_per_day===null?n.jsx("p",{className:"soft small",children:s.spent(g)}):n.jsx(ne,{name:s.today,shown:s.spentOf(g,e.tokens_per_day),value:g,most:e.tokens_per_day})),n.jsx("p",{className:"soft small",children:n.jsx("code",{children:e.id})})]}),e.state==="active"&&n.jsx(x,{little:!0,name:s.takeBackThis(e.name),onClick:()=>c(!0),children:s.takeBack}),n.jsxs(D,{heading:s.takeBackHeading(e.name),open:r,onClose:()=>c(!1),children:[n.jsx("p",{children:s.takeBackWhy}),t&&n.jsx("p",{className:"connect-warn",children:s.takeBackMine}),o&&n.jsx(b,{fault:o}),n.jsxs("div",{className:"connect-row",children:[n.jsx(x,{look:"primary",disabled:d,onClick:h,children:s.takeBack}),n.jsx(x,{disabled:d,onClick:()=>c(!1),children:s.keepKey})]})]})]})}async function W(e){let t=!1;try{await navigator.clipboard.writeText(e),t=!0}catch{t=ve(e)}X(t?u.connect.copied:u.connect.copyFailed)}function ve(e){const t=document.createElement("textarea");t.value=e,t.readOnly=!0,t.className="out-of-sight";const a=document.activeElement;(document.querySelector("dialog[open]")??document.body).append(t),t.select();let s=!1;try{s=document.execCommand("copy")}catch{s=!1}return t.remove(),a instanceof HTMLElement&&a.focus(),s}const ke=["read","generate","files","train"],se=["","1d","30d","90d","1y"],E=e=>typeof e=="string"?e:"";function J(e){const t=typeof e=="object"&&e!==null?e:{},a=Array.isArray(t.scopes)?t.scopes:ke;return{name:E(t.name),scopes:P.filter(s=>a.includes(s)),tenant:E(t.tenant),expires:se.find(s=>s===t.expires)??"",perMinute:E(t.perMinute),perDay:E(t.perDay)}}function K(e){const t=e.replace(/[\s,._']/g,"");if(t!=="")return/^[1-9]\d*$/.test(t)&&Number.isSafeInteger(Number(t))?Number(t):null}function we(e){const t=K(e.perMinute),a=K(e.perDay);return t===null||a===null?null:{name:e.name.trim(),scopes:e.scopes,...e.tenant.trim()===""?{}:{tenant:e.tenant.trim()},...e.expires===""?{}:{expires:e.expires},...t===void 0?{}:{requests_per_minute:t},...a===void 0?{}:{tokens_per_day:a}}}function be({first:e,lastAdmin:t,onClose:a,onMade:s}){const r=u.connect,[{first:c,lastAdmin:d}]=f.useState({first:e,lastAdmin:t}),[p,o]=de("connect.key",J),[i,g]=f.useState(!1),h=d&&!i?{...p,scopes:[...P]}:p,[j,ce]=f.useState(null),[w,B]=f.useState(null),[q,T]=f.useState(!1),v=l=>{g(!0),o({...h,...l}),B(null)},L=we(h),y=l=>w?.param===l?w.message:null,le=l=>{l.preventDefault(),L!==null&&(T(!0),B(null),_e(L).then(_=>{c&&me(_.key),T(!1),ce(_),o(J(null))},_=>{T(!1),B(Q(_))}))};if(j!==null)return n.jsxs(D,{heading:r.madeHeading(j.name),open:!0,children:[n.jsx("p",{children:r.once}),n.jsx("pre",{className:"connect-secret",tabIndex:0,"aria-label":r.theKey,role:"region",children:n.jsx("code",{children:j.key})}),c&&n.jsx("p",{children:r.nowUsed}),n.jsxs("div",{className:"connect-row",children:[n.jsx(x,{look:"primary",icon:te,onClick:()=>{W(j.key)},children:r.copyKey}),n.jsx(x,{onClick:()=>{s(),a()},children:r.noted})]})]});const A=l=>h.scopes.includes(l);return n.jsx(D,{heading:r.makeKey,open:!0,...q?{}:{onClose:a},children:n.jsxs("form",{className:"connect-form",onSubmit:le,children:[c&&n.jsx("p",{className:"connect-warn",children:r.firstWhy}),n.jsx(N,{name:r.keyName,hint:r.keyNameHint,value:h.name,maxLength:64,autoComplete:"off",spellCheck:!1,wrong:y("name"),onValue:l=>v({name:l})}),n.jsxs("fieldset",{children:[n.jsx("legend",{children:r.rights}),P.map(l=>n.jsxs("label",{children:[n.jsx("input",{type:"checkbox",checked:A(l),onChange:()=>v({scopes:P.filter(_=>_===l?!A(l):A(_))})}),n.jsxs("span",{children:[n.jsx("code",{children:l})," ",r.scopes[l]]})]},l)),y("scopes")!==null&&n.jsx("span",{className:"wrong",children:y("scopes")})]}),d&&!A("admin")&&n.jsx("p",{className:"connect-warn",children:r.noAdminLeft}),n.jsxs("div",{className:"connect-two",children:[n.jsx(N,{name:r.perMinuteName,inputMode:"numeric",value:h.perMinute,placeholder:r.unbounded,autoComplete:"off",wrong:y("requests_per_minute")??(K(h.perMinute)===null?r.numberWrong:null),onValue:l=>v({perMinute:l})}),n.jsx(N,{name:r.perDayName,inputMode:"numeric",value:h.perDay,placeholder:r.unbounded,autoComplete:"off",wrong:y("tokens_per_day")??(K(h.perDay)===null?r.numberWrong:null),onValue:l=>v({perDay:l})}),n.jsx(Y,{name:r.expiresName,value:h.expires,wrong:y("expires"),onValue:l=>v({expires:l}),options:se.map(l=>({value:l,shown:r.periods[l]}))}),n.jsx(N,{name:r.tenant,value:h.tenant,placeholder:r.tenantUsual,maxLength:64,autoComplete:"off",spellCheck:!1,wrong:y("tenant"),onValue:l=>v({tenant:l})})]}),n.jsx("p",{className:"soft small",children:r.tenantWhy}),w!==null&&!["name","scopes","requests_per_minute","tokens_per_day","expires","tenant"].includes(w.param??"")&&n.jsx(b,{fault:w}),n.jsx("div",{className:"connect-row",children:n.jsx(x,{look:"primary",type:"submit",disabled:q||L===null||h.name.trim()===""||h.scopes.length===0,children:r.makeKey})})]})})}function Ae(){const e=u.connect,t=S(ee);return t.data===void 0?t.fault?n.jsx(b,{fault:t.fault,again:t.again}):n.jsx(R,{height:"24rem"}):n.jsxs(n.Fragment,{children:[n.jsx(Ne,{me:t.data}),t.data.scopes.includes("admin")?n.jsx(Ee,{me:t.data,again:t.again}):n.jsxs(U,{children:[n.jsx("p",{children:e.noAdmin}),n.jsx("code",{children:"anew keys create NAME --scopes read generate admin"})]})]})}function Ne({me:e}){const t=u.connect;if(e.key===null)return n.jsx(H,{heading:t.openHeading,children:n.jsx("p",{children:t.openWhy})});const a=e.tokens_per_day??null,s=e.requests_per_minute??null,r=e.expires_at??null,c=e.tokens_today??null;return n.jsxs(H,{heading:t.mine,children:[n.jsx("p",{children:e.key==="--api-key"?t.master:n.jsxs(n.Fragment,{children:[n.jsx("code",{children:e.key})," · ",t.tenantOf(e.tenant)]})}),n.jsx("p",{children:t.may(e.scopes.map(d=>t.scopes[d]??d).join("; "))}),s!==null&&n.jsx("p",{className:"small",children:t.perMinute(s)}),c!==null&&(a===null?n.jsx("p",{className:"small",children:t.spent(c)}):n.jsx(ne,{name:t.today,shown:t.spentOf(c,a),value:c,most:a})),r!==null&&n.jsx("p",{className:"small",children:t.expires(I(r))})]})}function Ee({me:e,again:t}){const a=u.connect,s=S(ye),[r,c]=f.useState(!1),d=f.useCallback(()=>{s.again(),t()},[s.again,t]);if(s.data===void 0)return s.fault?n.jsx(b,{fault:s.fault,again:s.again}):n.jsx(R,{height:"16rem"});const p=s.data.data.filter(i=>i.state==="active"),o=s.data.data.filter(i=>i.state!=="active");return n.jsxs("section",{className:"connect-keys",children:[n.jsxs("div",{className:"connect-row spread",children:[n.jsx("h2",{children:a.keys}),n.jsx(x,{look:"primary",icon:fe,onClick:()=>c(!0),children:a.makeKey})]}),p.length===0?n.jsx(U,{children:n.jsx("p",{children:o.length===0?a.noKeys:a.noActiveKeys})}):n.jsx("ul",{className:"framed connect-rows",children:p.map(i=>n.jsx(V,{one:i,mine:i.id===e.key,onChanged:d},i.id))}),o.length>0&&n.jsxs("details",{children:[n.jsx("summary",{children:a.past(o.length)}),n.jsx("ul",{className:"framed connect-rows",children:o.map(i=>n.jsx(V,{one:i,mine:!1,onChanged:d},i.id))})]}),r&&n.jsx(be,{first:e.key===null,lastAdmin:!p.some(i=>i.scopes.includes("admin"))&&e.key===null,onClose:()=>c(!1),onMade:d})]})}function $e({id:e,anew:t},a){if((t.does??"make")!=="make"&&t.does!=="speak")return null;if(t.modality==="speech"||a.some(s=>s.id===e&&s.anew.modality==="speech"))return t.does==="hear"?null:"speech";switch(t.modality){case"chat":return"chat";case"text":return typeof t.context!="number"?"vectors":ge({anew:t})?"chat":"text";case"code":case"image":case"music":case"audio":case"table":return t.modality;default:return null}}function Ie(e){const t=new Map;for(const a of e){const s=$e(a,e);s!==null&&t.set(a.id,s)}return[...t].map(([a,s])=>({name:a,ability:s}))}const M=e=>u.images.examples[e]?.[0]??"7",z=(e,t)=>` \\
  | python3 -c "import base64, json, sys; print(json.load(sys.stdin)${e})" | base64 -d > ${t}`;function Pe({base:e,model:t,ability:a,keyed:s}){const r=(c,d,p="",o="")=>`curl -s${o} ${e}${c} -H 'content-type: application/json'${s?` \\
  -H "authorization: Bearer $OPENAI_API_KEY"`:""} \\
  -d '${JSON.stringify(d)}'${p}`;switch(a){case"chat":return r("/chat/completions",{model:t,messages:[{role:"user",content:"Name three rivers."}],stream:!0},"","N");case"text":return r("/completions",{model:t,prompt:"The river",max_tokens:40,stream:!0},"","N");case"code":return[r("/completions",{model:t,prompt:`def mean(values):
    `,max_tokens:60}),r("/fim/completions",{model:t,prompt:`def add(a, b):
    `,suffix:`

print(add(1, 2))`,max_tokens:40})].join(`

`);case"image":return r("/images/generations",{model:t,prompt:M(t),seed:1},z("['data'][0]['b64_json']","picture.png"));case"music":return r("/anew/music/compose",{model:t,seed:1,format:"mid"},z("['pieces'][0]['b64']","piece.mid"));case"speech":return r("/audio/speech",{model:t,voice:"default",input:"Come in, and bring a song.",response_format:"wav"}," -o speech.wav");case"audio":return r("/anew/audio/generate",{model:t,seed:1}," -o sound.wav");case"table":return r("/anew/generate",{model:t,n:5,seed:1});case"vectors":return r("/embeddings",{model:t,input:["a river","a stream"]})}}const Oe=`name: anew
version: 0.0.1
schema: v1
models:
  - name: anew
`;function ae({keyed:e},t,a){const{where:s}=u.connect,r=e?"${{ secrets.ANEW_API_KEY }}":"any",c={where:s.file("~/.continue/config.yaml"),code:`${Oe}    provider: ${t}
${a}    apiKey: ${r}`};return e?[{where:s.file("~/.continue/.env"),code:"ANEW_API_KEY="},c]:[c]}const Se=e=>ae(e,"openai",`    model: ${e.model}
    apiBase: ${e.base}
    roles: [chat, edit, apply]
`),Ce=e=>ae(e,"mistral",`    model: ${e.model}
    apiBase: ${e.base}
    roles: [autocomplete]
`),re='[{"role": "user", "content": "Name three rivers."}]';function Ke({model:e,ability:t}){const a=`from openai import OpenAI

client = OpenAI()  # OPENAI_BASE_URL and OPENAI_API_KEY say where
`;switch(t){case"image":return`import base64
from pathlib import Path

${a}drawn = client.images.generate(
    model="${e}", prompt="${M(e)}", extra_body={"seed": 1}
)
Path("picture.png").write_bytes(base64.b64decode(drawn.data[0].b64_json))
`;case"speech":return`${a}with client.audio.speech.with_streaming_response.create(
    model="${e}", voice="default", input="Come in, and bring a song.", response_format="wav"
) as spoken:
    spoken.stream_to_file("speech.wav")
`;case"vectors":return`${a}vectors = client.embeddings.create(model="${e}", input=["a river", "a stream"])
print(len(vectors.data), "vectors of", len(vectors.data[0].embedding))
`;case"text":case"code":{const s=t==="code"?String.raw`"def mean(values):\n    "`:'"The river"';return`${a}for chunk in client.completions.create(
    model="${e}", prompt=${s}, max_tokens=60, stream=True
):
    print(chunk.choices[0].text, end="", flush=True)
`}default:return`${a}for chunk in client.chat.completions.create(
    model="${e}", messages=${re}, stream=True
):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
`}}function Me({model:e,ability:t}){const a=`import OpenAI from "openai";

const client = new OpenAI(); // OPENAI_BASE_URL and OPENAI_API_KEY say where
`;switch(t){case"image":return`import { writeFile } from "node:fs/promises";
${a}const drawn = await client.images.generate({
  model: "${e}", prompt: "${M(e)}", seed: 1,
});
await writeFile("picture.png", Buffer.from(drawn.data[0].b64_json, "base64"));
`;case"speech":return`import { writeFile } from "node:fs/promises";
${a}const spoken = await client.audio.speech.create({
  model: "${e}", voice: "default", input: "Come in, and bring a song.", response_format: "wav",
});
await writeFile("speech.wav", Buffer.from(await spoken.arrayBuffer()));
`;case"vectors":return`${a}const vectors = await client.embeddings.create({
  model: "${e}", input: ["a river", "a stream"],
});
console.log(vectors.data.length, "vectors of", vectors.data[0].embedding.length);
`;case"text":case"code":{const s=t==="code"?String.raw`"def mean(values):\n    "`:'"The river"';return`${a}const stream = await client.completions.create({
  model: "${e}", prompt: ${s}, max_tokens: 60, stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0].text);
`}default:return`${a}const stream = await client.chat.completions.create({
  model: "${e}", messages: [{ role: "user", content: "Name three rivers." }], stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0].delta.content ?? "");
`}}function Be({model:e,ability:t}){return t==="vectors"?`from langchain_openai import OpenAIEmbeddings

# without check_embedding_ctx_length=False it sends the tokens of another model instead of texts
embedder = OpenAIEmbeddings(model="${e}", check_embedding_ctx_length=False)
print("a vector of", len(embedder.embed_query("a river")))
`:`from langchain_openai import ChatOpenAI

model = ChatOpenAI(model="${e}")  # OPENAI_BASE_URL and OPENAI_API_KEY say where
for chunk in model.stream("Name three rivers."):
    print(chunk.text, end="", flush=True)
`}function Te({model:e,ability:t}){const a=`import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or it looks for prices on the net
import litellm

model = "openai/${e}"  # the prefix says which protocol
where = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": os.environ["OPENAI_API_KEY"]}
`;return t==="image"?`import base64
from pathlib import Path
${a}drawn = litellm.image_generation(model=model, prompt="${M(e)}", extra_body={"seed": 1}, **where)
Path("picture.png").write_bytes(base64.b64decode(drawn.data[0].b64_json))
`:t==="vectors"?`${a}vectors = litellm.embedding(model=model, input=["a river"], encoding_format="float", **where)
print("a vector of", len(vectors.data[0]["embedding"]))
`:`${a}for chunk in litellm.completion(
    model=model, messages=${re}, stream=True, **where
):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
`}const Le=({model:e})=>`import instructor
from openai import OpenAI
from pydantic import BaseModel


class River(BaseModel, extra="forbid"):  # or a small model makes up fields of its own
    name: str
    kilometres: int


client = instructor.from_openai(OpenAI(), mode=instructor.Mode.JSON_SCHEMA)
river = client.chat.completions.create(
    model="${e}", messages=[{"role": "user", "content": "Describe the Nile."}], response_model=River,
    max_tokens=200, max_retries=0,
)
print(repr(river))
`,De=({model:e})=>`from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.settings import ModelSettings

agent = Agent(OpenAIChatModel("${e}"), model_settings=ModelSettings(max_tokens=200))
print(agent.run_sync("Name three rivers.").output)
`,Ye=({model:e})=>`from agents import Agent, ModelSettings, Runner, set_tracing_disabled

set_tracing_disabled(True)  # or it tells OpenAI of every run
agent = Agent(name="Teller", model="${e}", model_settings=ModelSettings(temperature=0))
print(Runner.run_sync(agent, "Name three rivers.").final_output)
`,Fe=["line","library","editor"],{where:m}=u.connect,Re=["chat","text","code","image","music","speech","audio","table","vectors"];function ie({base:e,keyed:t}){return t?{where:m.shellKey,code:`export OPENAI_BASE_URL=${e}
read -rs OPENAI_API_KEY && export OPENAI_API_KEY`}:{where:m.shell,code:`export OPENAI_BASE_URL=${e} OPENAI_API_KEY=any`}}const O=e=>({where:m.install,code:e}),k=(e,t,a)=>s=>[O(`pip install ${e}`),ie(s),{where:m.file(t),code:a(s)},{where:m.run,code:`python ${t}`}],$=[{id:"curl",name:"curl",group:"line",can:Re,tried:!0,steps:e=>[...e.keyed?[{where:m.key,code:"read -rs OPENAI_API_KEY && export OPENAI_API_KEY"}]:[],{where:m.anyShell,code:Pe(e)}]},{id:"llm",name:"llm",group:"line",can:["chat"],tried:!0,steps:({base:e,model:t,keyed:a})=>[O("pip install llm"),{where:m.file("~/.config/io.datasette.llm/extra-openai-models.yaml"),code:`- model_id: ${t}
  model_name: ${t}
  api_base: ${e}`},{where:a?m.asksKey:m.shell,code:a?"llm keys set openai":"llm keys set openai --value any"},{where:m.run,code:`llm -m ${t} 'Name three rivers.'`}]},{id:"python",name:"openai (Python)",group:"library",can:["chat","text","code","image","speech","vectors"],tried:!0,steps:e=>k("openai","ask.py",Ke)(e)},{id:"node",name:"openai (Node)",group:"library",can:["chat","text","code","image","speech","vectors"],tried:!0,steps:e=>[O("npm install openai"),ie(e),{where:m.file("ask.mjs"),code:Me(e)},{where:m.run,code:"node ask.mjs"}]},{id:"langchain",name:"LangChain",group:"library",can:["chat","vectors"],tried:!0,steps:e=>k("langchain-openai","ask.py",Be)(e)},{id:"litellm",name:"LiteLLM",group:"library",can:["chat","image","vectors"],tried:!0,steps:e=>k("litellm","ask.py",Te)(e)},{id:"instructor",name:"Instructor",group:"library",can:["chat"],tried:!0,steps:e=>k("instructor","ask.py",Le)(e)},{id:"pydantic",name:"Pydantic AI",group:"library",can:["chat"],tried:!0,steps:e=>k("'pydantic-ai-slim[openai]'","ask.py",De)(e)},{id:"agents",name:"OpenAI Agents SDK",group:"library",can:["chat"],tried:!0,steps:e=>k("openai-agents","ask.py",Ye)(e)},{id:"continue",name:"Continue",group:"editor",can:["chat","code"],tried:!1,steps:e=>e.ability==="code"?Ce(e):Se(e)},{id:"llamavim",name:"llama.vim",group:"editor",can:["code"],tried:!1,steps:({origin:e,model:t,keyed:a})=>[{where:m.file("~/.vimrc"),code:`let g:llama_config = { 'endpoint_fim': '${e}/infill', 'model_fim': '${t}'${a?", 'api_key': $OPENAI_API_KEY":""} }`}]},{id:"openwebui",name:"Open WebUI",group:"editor",can:["chat"],tried:!1,steps:({base:e,keyed:t})=>[...t?[{where:m.key,code:"read -rs OPENAI_API_KEY && export OPENAI_API_KEY"}]:[],{where:m.start,code:`OPENAI_API_BASE_URL=${e} ${t?"":"OPENAI_API_KEY=any "}open-webui serve`}]},{id:"sillytavern",name:"SillyTavern",group:"editor",can:["chat"],tried:!1,steps:({base:e})=>[{where:m.sillyTavern,code:e}]},{id:"aider",name:"aider",group:"editor",can:["chat"],tried:!1,steps:({base:e,model:t,keyed:a})=>[O("pip install aider-chat"),...a?[{where:m.key,code:"read -rs OPENAI_API_KEY && export OPENAI_API_KEY"}]:[],{where:m.start,code:`OPENAI_API_BASE=${e} ${a?"":"OPENAI_API_KEY=any "}aider --model openai/${t}`}]}];function Ue(e,t,a){const s=r=>e.find(c=>c.ability===r);return e.find(r=>r.name===t)??a.can.map(s).find(r=>r!==void 0)??e[0]}function We(){const e=u.connect,{params:t}=Z(),a=S(xe),s=S(ee);if(a.data===void 0||s.data===void 0){const o=a.fault??s.fault;return o?n.jsx(b,{fault:o,again:()=>{a.again(),s.again()}}):n.jsx(R,{height:"30rem"})}const r=Ie(a.data.data),c=$.find(o=>o.id===t.client)??$[0];if(c===void 0)return null;const d=Ue(r,t.model,c),p=location.origin;return n.jsxs(n.Fragment,{children:[n.jsxs("div",{className:"connect-where",children:[n.jsx(oe,{where:e.address,code:`${p}/v1`}),r.length>0&&n.jsx(Y,{name:e.model,value:d?.name??"",onValue:o=>C({model:o}),options:r.map(o=>({value:o.name,shown:`${o.name} · ${e.abilities[o.ability]}`}))})]}),n.jsx("p",{className:"soft small",children:s.data.key===null?e.open:e.keyed}),n.jsxs("div",{className:"connect-columns",children:[n.jsx("div",{className:"connect-pick",children:n.jsx(Y,{name:e.client,value:c.id,onValue:o=>C({client:o}),options:$.map(o=>({value:o.id,shown:o.name}))})}),n.jsx("nav",{"aria-label":e.clients,className:"connect-clients",children:Fe.map(o=>n.jsxs("div",{children:[n.jsx("h2",{children:e.groups[o]}),n.jsx("ul",{children:$.filter(i=>i.group===o).map(i=>n.jsx("li",{children:n.jsx("a",{href:pe("connect",{client:i.id,model:t.model}),"aria-current":i.id===c.id?"true":void 0,children:i.name})},i.id))})]},o))}),n.jsx(qe,{client:c,model:d,all:r,keyed:s.data.key!==null})]})]})}function qe({client:e,model:t,all:a,keyed:s}){const r=u.connect,c=t!==void 0&&e.can.includes(t.ability),d=f.useMemo(()=>c?e.steps({origin:location.origin,base:`${location.origin}/v1`,model:t.name,ability:t.ability,keyed:s}):[],[e,t,c,s]),p=d.length>1?d[d.length-(d.at(-1)?.where===r.where.run?2:1)]:d[0];ue(f.useMemo(()=>p===void 0?[]:[{keys:"y",does:r.shortcuts.copy,run:()=>{W(p.code)}}],[p,r]));const o=a.filter(i=>e.can.includes(i.ability));return n.jsxs("section",{className:"connect-steps","aria-labelledby":"connect-client",children:[n.jsx("h2",{id:"connect-client",children:e.name}),c?n.jsx("ol",{children:d.map((i,g)=>n.jsx("li",{children:n.jsx(oe,{...i})},g))}):n.jsxs(U,{children:[n.jsx("p",{children:r.needs(e.name,e.can.map(i=>r.abilities[i]).join(", "))}),o.length>0?n.jsx("div",{className:"connect-row",children:o.slice(0,4).map(i=>n.jsx(x,{onClick:()=>C({model:i.name}),children:r.take(i.name)},i.name))}):e.can.includes("chat")?n.jsxs(n.Fragment,{children:[n.jsx("p",{className:"small",children:r.noChat}),n.jsx("code",{children:r.noChatCommand})]}):null]}),c&&n.jsx("p",{className:"soft small",children:e.tried?r.tried:r.untried}),d.some(i=>i.code.includes("read -rs"))&&n.jsx("p",{className:"soft small",children:r.neverKey})]})}function oe({where:e,code:t}){const a=u.connect;return n.jsxs("div",{className:"connect-code",children:[n.jsxs("div",{className:"connect-code-head",children:[n.jsx("span",{className:"small",children:e}),n.jsx(x,{little:!0,look:"quiet",icon:te,name:a.copyThis(e),onClick:()=>{W(t)},children:a.copy})]}),n.jsx("pre",{tabIndex:0,"aria-label":e,role:"region",children:n.jsx("code",{children:t})})]})}const G=[{id:"programs",shown:u.connect.tabs.programs},{id:"keys",shown:u.connect.tabs.keys}];function tn(){const e=u.connect,{params:t}=Z(),a=G.find(s=>s.id===t.tab)?.id??"programs";return n.jsxs("div",{className:"connect",children:[n.jsxs("header",{className:"connect-head",children:[n.jsx("h1",{children:e.heading}),n.jsx("p",{className:"soft",children:e.intro})]}),n.jsx("div",{children:n.jsx(he,{name:e.heading,tabs:G,chosen:a,onChoose:s=>C({tab:s==="programs"?null:s}),children:n.jsx("div",{className:"connect-panel",children:a==="programs"?n.jsx(We,{}):n.jsx(Ae,{})})})})]})}export{tn as default};
